// What is shipped for Prometheus and Grafana, and the copies of it that a test can use: targets on this machine in
// place of containers, and seconds in place of minutes.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const INFRA = join(import.meta.dirname, '../../../infra')

const read = (file: string) => readFileSync(join(INFRA, file), 'utf8')

/** The services that are looked for in compose. */
export function scrapedServices(): readonly string[] {
  const names = /names: \[(.*)\]/.exec(read('prometheus/prometheus.yml'))?.[1] ?? ''
  return names.split(', ')
}

const DISCOVERY = / {4}# A service's name.*\n {4}dns_sd_configs:\n(?: {6}.*\n)+ {4}relabel_configs:\n(?: {6}.*\n)+/

/** The configuration with these ports in place of the containers, by the job's name; asks every second. */
export function configFor(ports: Readonly<Record<string, number>>): string {
  const config = read('prometheus/prometheus.yml')
  const targets = Object.entries(ports).map(
    ([job, port]) => `      - { targets: ['127.0.0.1:${port}'], labels: { job: ${job} } }\n`,
  )
  const local = replaced(config, DISCOVERY, `    static_configs:\n${targets.join('')}`)
  return replaced(local, /(scrape|evaluation)_interval: 15s/g, '$1_interval: 1s')
}

/** How much shorter times are in a test: that of `for`, those that a query looks back, and limits in seconds. */
const SHORTER = { for: 60, range: 20, limit: 15 }
/** Limits of a minute and more are times; those below are counts and shares. */
const TIME_LIMIT_MIN = 60

/** The rules, with times so short that a test can wait for them. */
export function shortRules(): string {
  const rules = replaced(
    read('prometheus/rules.yml'),
    /for: (\d+)m/g,
    (_, minutes) => `for: ${seconds(minutes, 'for')}`,
  )
  const ranges = replaced(rules, /(\[|offset )(\d+)(m|d)/g, (_, before, count, unit) => {
    return `${before}${seconds(unit === 'd' ? count * 24 * 60 : count, 'range')}`
  })
  return replaced(ranges, /> (\d+)\b(?!\.)/g, (whole, limit) => {
    return Number(limit) < TIME_LIMIT_MIN ? whole : `> ${Number(limit) / SHORTER.limit}`
  })
}

function seconds(minutes: number, of: keyof typeof SHORTER): string {
  return `${Math.max(1, Math.round((minutes * 60) / SHORTER[of]))}s`
}

type Replacement = string | ((whole: string, ...groups: never[]) => string)

/** Throws when the pattern is not there: then the file has changed, and this one must follow. */
function replaced(text: string, pattern: RegExp, by: Replacement): string {
  if (text.search(pattern) < 0) throw new Error(`the shipped file has nothing like ${pattern}`)
  return text.replace(pattern, by as string)
}

/** A panel of the dashboard, without its looks. */
export interface Panel {
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } }
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[]
}

/** The dashboard's panels; rows are only headings. */
export function dashboardPanels(): readonly Panel[] {
  const dashboard = JSON.parse(read('grafana/dashboards/tickerlake.json')) as { readonly panels: readonly Panel[] }
  return dashboard.panels.filter(({ type }) => type !== 'row')
}

/** A panel's query as Prometheus takes it: Grafana puts in the interval. */
export function queryOf(expression: string): string {
  return expression.replaceAll('$__rate_interval', '20s')
}
