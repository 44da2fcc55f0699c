// What is shipped for Prometheus and Grafana, on a real Prometheus that scrapes real services: every query of the
// dashboard gives numbers, and every alert rule fires for its cause and goes quiet when that is over. Rules that no
// cause can be made for here are tested by promtool (test/fixtures/prometheus/rules_test.yml): Unaccounted is a bug.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import { PRICES_TOPIC } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { deletePlatformTopics } from '#support/log/platform_topics'
import { describeWithPrometheus, promtool, startPrometheus } from '#support/observability/prometheus'
import {
  configFor,
  dashboardPanels,
  INFRA,
  queryOf,
  scrapedServices,
  shortRules,
} from '#support/observability/shipped_files'
import { freePort } from '#support/services/reach'
import { describeWithKafka } from '#support/services/services'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'
import { startYahooServer, YAHOO_ROWS } from '#support/yahoo_server'

const root = join(INFRA, '..')

describe('the shipped files', () => {
  test('all services of compose that serve metrics are scraped', () => {
    const compose = readFileSync(join(root, 'docker-compose.yaml'), 'utf8')
    const services = [...compose.matchAll(/^ {2}([a-z-]+):\n {4}<<: \*long-running$/gm)].map(([, name]) => name)
    expect(services.length).toBeGreaterThan(2)
    expect([...scrapedServices()].sort()).toEqual(services.sort())
  })

  test('every panel says what it is, in which unit, and asks the data source that is provisioned', () => {
    const uid = /uid: (.*)/.exec(
      readFileSync(join(INFRA, 'grafana/provisioning/datasources/prometheus.yaml'), 'utf8'),
    )?.[1]
    const panels = dashboardPanels()
    expect(panels.length).toBeGreaterThan(20)
    expect(panels.filter(({ description }) => !description)).toEqual([])
    expect(panels.filter(({ fieldConfig }) => !fieldConfig?.defaults.unit)).toEqual([])
    expect(new Set(panels.flatMap(({ targets }) => targets ?? []).map(({ datasource }) => datasource.uid))).toEqual(
      new Set([uid]),
    )
  })

  test('every alert has a row in docs/operations.md, and the other way round', () => {
    const rules = readFileSync(join(INFRA, 'prometheus/rules.yml'), 'utf8')
    const names = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
    const section = /^## Alerts\n(.*?)^## /ms.exec(readFileSync(join(root, 'docs/operations.md'), 'utf8'))?.[1] ?? ''
    expect([...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)).toEqual(names)
    for (const part of ['for:', 'severity:', 'summary:', 'description:']) {
      expect(rules.split(part).length - 1, part).toBe(names.length)
    }
  })
})

/** Waits until exactly these alerts fire. */
async function expectFiring(prometheus: { firing(): Promise<readonly string[]> }, alerts: readonly string[]) {
  await expect.poll(() => prometheus.firing(), { timeout: 120_000, interval: 250 }).toEqual(alerts)
}

await describeWithPrometheus('on a real Prometheus', () => {
  test('promtool finds nothing wrong with the configuration and the rules', async () => {
    expect(await promtool(join(INFRA, 'prometheus'), ['check', 'config', 'prometheus.yml'])).toMatch(/SUCCESS/)
  }, 60_000)

  test('the rules hold for series that no service gives here', async () => {
    await promtool(join(root, 'test/fixtures/prometheus'), ['test', 'rules', 'rules_test.yml'])
  }, 60_000)

  test('all queries of the dashboard give numbers of a platform in one process, and no alert fires', async () => {
    await expectFullDashboard({ DATA_DIR: temporaryFolder() })
  }, 180_000)

  describeWithKafka('on Kafka', ({ brokers }) => {
    test('they do too', async () => {
      await deletePlatformTopics(brokers)
      await expectFullDashboard({ DATA_DIR: temporaryFolder(), KAFKA_BROKERS: brokers })
    }, 180_000)
  })

  test('every rule fires for its cause, alone, and goes quiet when that is over', async () => {
    const platform = await startObserved()
    const { prometheus } = platform
    await expect
      .poll(() => prometheus.query('sum(tickerlake_writer_commits_total) > 5'), { timeout: 60_000 })
      .toHaveLength(1)
    await expect
      .poll(() => prometheus.query('sum(tickerlake_stream_snapshot_bytes)'), { timeout: 60_000 })
      .toHaveLength(1)
    await expectFiring(prometheus, [])

    const rubbish = platform.publishEvery(100, () => [{ topic: PRICES_TOPIC, key: 'AAPL', value: 'no quote' }])
    const refusal = refuseSnapshots(platform.checkpoints)
    await expectFiring(prometheus, ['DeadLetters', 'SnapshotFailing'])
    rubbish.stop()
    refusal.stop()
    await expectFiring(prometheus, [])

    platform.freezeSource(true)
    await expectFiring(prometheus, ['DataStale'])
    platform.freezeSource(false)
    await expectFiring(prometheus, [])

    const flood = platform.publishEvery(100, () => manyQuotes(400))
    await expectFiring(prometheus, ['LagGrowing writer'])
    flood.stop()
    await expectFiring(prometheus, [])

    await platform.writer.stop()
    await expectFiring(prometheus, ['NoCommit stocks', 'ServiceDown writer'])
    platform.startWriter()
    await expectFiring(prometheus, [])
    expect(await prometheus.ruleErrors()).toEqual([])
  }, 600_000)
})

/** A platform in one process with something of everything, until every panel's queries give numbers. */
async function expectFullDashboard(env: Readonly<Record<string, string>>): Promise<void> {
  const port = await freePort()
  const platform = startTickerlake(['start'], {
    ...env,
    METRICS_PORT: String(port),
    SIMULATOR_RATE: '200',
    SIMULATOR_FAULTS: 'malformed:0.002,duplicate:0.01,late:0.01',
    FLUSH_INTERVAL_MS: '500',
  })
  await platform.waitForLine(/sent/i)
  const prometheus = await startPrometheus({ config: configFor({ tickerlake: port }), rules: shortRules() })
  const queries = dashboardPanels().flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })))
  const withoutNumbers = async () => {
    const answers = await Promise.all(queries.map(({ expr }) => prometheus.query(queryOf(expr))))
    return queries.filter((_, i) => !answers[i]?.some(({ value }) => Number.isFinite(value)))
  }
  await expect.poll(withoutNumbers, { timeout: 90_000, interval: 1_000 }).toEqual([])
  expect(await prometheus.ruleErrors()).toEqual([])
  expect(await prometheus.firing()).toEqual([])
  expect(await platform.stop()).toEqual({ code: 0, signal: null })
}

/** The services, each a process, on one embedded log; a source that can be frozen; and Prometheus. */
async function startObserved() {
  const folder = temporaryFolder()
  const [producerPort, streamPort, writerPort] = [await freePort(), await freePort(), await freePort()]
  const checkpoints = join(folder, 'checkpoints')
  const env = { DATA_DIR: join(folder, 'data'), CHECKPOINT_URL: checkpoints, LOG_FORMAT: 'json' }
  const start = (command: string, port: number, settings = {}) =>
    startTickerlake([command], { ...env, ...settings, METRICS_PORT: String(port) })
  await startTickerlake(['init'], env).ended
  const source = await startMovingSource()
  start('produce', producerPort, { SOURCE: 'yahoo', YAHOO_BASE_URL: source.url, POLL_INTERVAL_MS: '500' })
  start('stream', streamPort)
  // Few rows a commit, so that a flood of quotes is more than it can take.
  const startWriter = () =>
    start('write', writerPort, { FLUSH_INTERVAL_MS: '300', FLUSH_ROWS: '20', COMPACT_MIN_FILES: '0' })
  const writer = startWriter()
  const log = openEmbeddedLog({ path: join(env.DATA_DIR, 'log.sqlite'), clock: systemClock, logger: silentLogger })
  onTestFinished(() => log.close())
  const ports = { producer: producerPort, stream: streamPort, writer: writerPort }
  const prometheus = await startPrometheus({ config: configFor(ports), rules: shortRules() })
  return {
    prometheus,
    checkpoints,
    writer,
    startWriter,
    freezeSource: source.freeze,
    publishEvery: (ms: number, records: () => Parameters<typeof log.publish>[0]) =>
      every(ms, () => log.publish(records())),
  }
}

/** Does something again and again until it is stopped, at the latest when the test is over. */
function every(ms: number, work: () => unknown): { stop(): void } {
  const timer = setInterval(work, ms)
  const stop = () => clearInterval(timer)
  onTestFinished(stop)
  return { stop }
}

/** Yahoo with prices of this very second, in regular trading, unless it is frozen. */
async function startMovingSource() {
  const server = await startYahooServer()
  onTestFinished(() => server.close())
  let frozen = false
  let count = 0
  const move = () => {
    if (frozen) return
    const regularMarketTime = Math.floor(systemClock.now() / 1000)
    const moved = { marketState: 'REGULAR', regularMarketTime, regularMarketPrice: 100 + (count++ % 50) }
    server.setRows(Object.values(YAHOO_ROWS).map((row) => ({ ...row, ...moved })))
  }
  move()
  every(200, move)
  return {
    url: server.url,
    freeze: (on: boolean) => {
      frozen = on
    },
  }
}

/** Puts a file where the stream keeps its snapshots. */
function refuseSnapshots(folder: string): { stop(): void } {
  const aside = `${folder}.aside`
  renameSync(folder, aside)
  writeFileSync(folder, '')
  return {
    stop() {
      rmSync(folder)
      renameSync(aside, folder)
    },
  }
}

function manyQuotes(count: number) {
  const timestamp = systemClock.now()
  return Array.from({ length: count }, (_, i) => {
    const symbol = `S${i}`
    return { topic: PRICES_TOPIC, key: symbol, value: JSON.stringify({ symbol, price: 100, timestamp }) }
  })
}
