// Every shipped alert rule on a real Prometheus that scrapes real services: it fires for its cause, alone, and goes
// quiet when that is over. Mostly waiting, so that it runs beside other tests.

import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog, NewRecords } from '#log/event_log'
import { PRICES_TOPIC } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { silentLogger } from '#runtime/logger'
import { describeWithPrometheus, startPrometheus } from '#support/observability/prometheus'
import { configFor, shortRules } from '#support/observability/shipped_files'
import { freePort } from '#support/services/reach'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'
import { startYahooServer, YAHOO_ROWS } from '#support/yahoo/yahoo_server'

/** Waits until exactly these alerts fire. */
async function expectFiring(prometheus: { firing(): Promise<readonly string[]> }, alerts: readonly string[]) {
  await expect.poll(() => prometheus.firing(), { timeout: 120_000, interval: 250 }).toEqual(alerts)
}

await describeWithPrometheus('on a real Prometheus', () => {
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
    await rubbish.stop()
    refusal.stop()
    await expectFiring(prometheus, [])

    platform.freezeSource(true)
    await expectFiring(prometheus, ['DataStale'])
    platform.freezeSource(false)
    await expectFiring(prometheus, [])

    const flood = platform.publishEvery(100, () => manyQuotes(400))
    await expectFiring(prometheus, ['LagGrowing writer'])
    await flood.stop()
    await expectFiring(prometheus, [])

    await platform.writer.stop()
    await expectFiring(prometheus, ['NoCommit stocks', 'ServiceDown writer'])
    platform.startWriter()
    await expectFiring(prometheus, [])
    expect(await prometheus.ruleErrors()).toEqual([])
  }, 600_000)
})

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
  // A market that is always open, so that its quotes may stop at any time of the day.
  const market = { SOURCE: 'yahoo', YAHOO_BASE_URL: source.url, POLL_INTERVAL_MS: '500', SYMBOLS: 'BTC-USD' }
  start('produce', producerPort, market)
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
    publishEvery: (ms: number, records: () => NewRecords) => publishEvery(log, ms, records),
  }
}

/** Publishes again and again. What is refused because another process keeps the log locked, the next time makes up. */
function publishEvery(log: EventLog, ms: number, records: () => NewRecords): { stop(): Promise<void> } {
  let last = Promise.resolve()
  const timer = every(ms, () => {
    last = log.publish(records()).catch((error: unknown) => {
      if (!(error instanceof PlatformError) || !error.retryable) throw error
    })
  })
  return {
    async stop() {
      timer.stop()
      await last
    },
  }
}

/** Does something again and again until it is stopped, at the latest when the test is over. */
function every(ms: number, work: () => unknown): { stop(): void } {
  const timer = setInterval(work, ms)
  const stop = () => clearInterval(timer)
  onTestFinished(stop)
  return { stop }
}

/** Yahoo with polled prices of this very second, in regular trading, unless it is frozen. */
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
