// What is shipped for Prometheus and Grafana, on a real Prometheus that scrapes real services: every query of the
// dashboard gives numbers. Alert rules fire in alert_rules.test.ts; those that no cause can be made for are tested by
// promtool (test/fixtures/prometheus/rules_test.yml): Unaccounted is a bug, and copies lag only in minutes.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
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

const root = join(INFRA, '..')

/** Longer than all of its waits together: the one that is over is what fails. */
const DASHBOARD_MS_MAX = 360_000
/** Rules are evaluated every second: so many looks in a row see more than one evaluation. */
const QUIET_LOOKS = 10
const LOOK_MS = 250

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

await describeWithPrometheus('on a real Prometheus', () => {
  test('promtool finds nothing wrong with the configuration and the rules', async () => {
    expect(await promtool(join(INFRA, 'prometheus'), ['check', 'config', 'prometheus.yml'])).toMatch(/SUCCESS/)
  })

  test('the rules hold for series that no service gives here', async () => {
    await promtool(join(root, 'test/fixtures/prometheus'), ['test', 'rules', 'rules_test.yml'])
  })

  test(
    'all queries of the dashboard give numbers of a platform in one process, and no alert fires',
    async () => {
      await expectFullDashboard({ DATA_DIR: temporaryFolder() })
    },
    DASHBOARD_MS_MAX,
  )

  describeWithKafka('on Kafka', ({ brokers }) => {
    test(
      'they do too',
      async () => {
        await deletePlatformTopics(brokers)
        await expectFullDashboard({ DATA_DIR: temporaryFolder(), KAFKA_BROKERS: brokers })
      },
      DASHBOARD_MS_MAX,
    )
  })
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
  const copyPort = await freePort()
  const followed = { ...env, METRICS_PORT: String(copyPort), COPY_POLL_MS: '500' }
  const copier = startTickerlake(['copy', '--all', '--follow', join(temporaryFolder(), 'copied')], followed)
  const config = configFor({ tickerlake: port, copy: copyPort })
  const prometheus = await startPrometheus({ config, rules: shortRules() })
  const queries = dashboardPanels().flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })))
  const withoutNumbers = async () => {
    const answers = await Promise.all(queries.map(({ expr }) => prometheus.query(queryOf(expr))))
    return queries.filter((_, i) => !answers[i]?.some(({ value }) => Number.isFinite(value)))
  }
  await expect.poll(withoutNumbers, { timeout: 90_000, interval: 1_000 }).toEqual([])
  expect(await prometheus.ruleErrors()).toEqual([])
  // What a pause of the machine has set off goes quiet by itself.
  const looks: (readonly string[])[] = []
  const newestLooks = async () => {
    looks.push(await prometheus.firing())
    return looks.slice(-QUIET_LOOKS)
  }
  const allQuiet = Array.from({ length: QUIET_LOOKS }, () => [])
  await expect.poll(newestLooks, { timeout: 60_000, interval: LOOK_MS }).toEqual(allQuiet)
  expect(await copier.stop()).toEqual({ code: 0, signal: null })
  expect(await platform.stop()).toEqual({ code: 0, signal: null })
}
