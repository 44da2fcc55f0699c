// What `copy --follow` shows of itself: how far each table is, and what was copied since the start.

import type { MetricFamily, MetricSource, Sample } from '#runtime/metrics'
import type { EpochMs } from '#runtime/units'
import type { CopyOutcome, CopyProgress } from '#table-copy/pass'

const COUNTERS = {
  passes: 'passes that came to their end',
  entries: 'log entries that were put',
  files: 'files that were written',
  bytes: 'bytes of these files',
  failures: 'passes that failed, and are made again',
} as const

const GAUGES = {
  version: "the target's newest version",
  versions_behind: 'versions of the source that the target did not have when it was last looked',
  pass_planned_bytes: 'bytes of files that the pass at work has to see to; 0: there is none',
  pass_done_bytes: 'those of them that are there',
  last_pass_timestamp_seconds: 'when a pass last came to its end',
} as const

type CounterName = keyof typeof COUNTERS
type GaugeName = keyof typeof GAUGES

interface TableNumbers {
  readonly counters: Record<CounterName, number>
  readonly gauges: Partial<Record<GaugeName, number>>
}

/** The numbers of all tables, brought up to date as the passes go on. */
export class CopyMetrics implements MetricSource {
  readonly families: readonly MetricFamily[] = [
    ...familiesOf(COUNTERS, 'counter', (name) => `copy_${name}_total`),
    ...familiesOf(GAUGES, 'gauge', (name) => `copy_${name}`),
  ]
  readonly #tables = new Map<string, TableNumbers>()

  progress(table: string, { version, to, bytes, bytesPlanned }: CopyProgress): void {
    const { gauges } = this.#of(table)
    if (version !== undefined) gauges.version = version
    gauges.versions_behind = to - (version ?? -1)
    gauges.pass_planned_bytes = bytesPlanned
    gauges.pass_done_bytes = bytes
  }

  pass(table: string, { to, entries, files, bytes }: CopyOutcome, now: EpochMs): void {
    const { counters, gauges } = this.#of(table)
    counters.passes++
    counters.entries += entries
    counters.files += files
    counters.bytes += bytes
    Object.assign(gauges, { version: to, versions_behind: 0, pass_planned_bytes: 0, pass_done_bytes: 0 })
    gauges.last_pass_timestamp_seconds = now / 1_000
  }

  failure(table: string): void {
    const { counters, gauges } = this.#of(table)
    counters.failures++
    Object.assign(gauges, { pass_planned_bytes: 0, pass_done_bytes: 0 })
  }

  read(): readonly Sample[] {
    return [...this.#tables].flatMap(([table, { counters, gauges }]) => [
      ...Object.entries(counters).map(([name, value]) => ({ name: `copy_${name}_total`, value, labels: { table } })),
      ...Object.entries(gauges).map(([name, value]) => ({ name: `copy_${name}`, value, labels: { table } })),
    ])
  }

  #of(table: string): TableNumbers {
    const known = this.#tables.get(table)
    if (known !== undefined) return known
    const numbers = { counters: { passes: 0, entries: 0, files: 0, bytes: 0, failures: 0 }, gauges: {} }
    this.#tables.set(table, numbers)
    return numbers
  }
}

function familiesOf(
  help: Readonly<Record<string, string>>,
  kind: MetricFamily['kind'],
  nameOf: (name: string) => string,
): readonly MetricFamily[] {
  return Object.entries(help).map(([name, text]) => ({
    name: nameOf(name),
    help: `copy: ${text}`,
    kind,
    labels: ['table'],
  }))
}
