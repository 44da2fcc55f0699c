// The second reference: what the oracle, written apart from the topology, makes of a partition's quotes and of the
// closings by the clock that were committed.

import { ORIGIN_HEADER } from '#market/headers'
import { ALERTS_TOPIC, barsTopic, LATE_TOPIC } from '#market/topics'
import type { ForcedClosing } from '#services/stream/partition/forced_closings'
import { Oracle, type OracleOutputs, type OracleQuote } from '../../../unit/services/stream/oracle.ts'
import type { LogEntry } from '../cluster/partition_log.ts'
import type { PlannedInput } from './market.ts'
import { configAt, rulesAt } from './settings.ts'

/** What the oracle is told of a partition. */
export interface OracleInput {
  readonly committed: readonly LogEntry[]
  readonly forcedClosings: readonly ForcedClosing[]
  readonly pace: number
  /** The input that stands at an offset; undefined for what the stream itself put there. */
  readonly inputAt: (offset: string) => PlannedInput | undefined
}

/** Runs the oracle over a partition. */
export function oracleOf({ committed, forcedClosings, inputAt, pace }: OracleInput): OracleOutputs {
  const oracle = new Oracle(configAt(pace), rulesAt(pace))
  const ahead = [...forcedClosings]
  const origins = new Map<string, number>()
  const decideUpTo = (offset: number) => {
    while (ahead[0] !== undefined && ahead[0].offset <= offset) {
      const { kind, clock } = ahead.shift() as ForcedClosing
      if (kind === 'quiet') oracle.clockReaches(clock)
      else oracle.drain()
    }
  }
  for (const { offset, timestamp, value, headers } of committed) {
    decideUpTo(Number(offset))
    const fate = inputAt(offset)?.fate ?? 'copy'
    const isRepetition = fate === 'copy' && !isNext(String(headers?.[ORIGIN_HEADER]), origins)
    // These move the partition's clock, and nothing else.
    if (fate === 'rekey' || isRepetition) oracle.clockReaches(Number(timestamp))
    if (fate === 'rekey' || isRepetition || fate.startsWith('dead:')) continue
    const quote = JSON.parse(String(value)) as Omit<OracleQuote, 'ingestTime'>
    oracle.quote({ ...quote, ingestTime: Number(timestamp) }, Number(offset))
  }
  decideUpTo(Number.MAX_SAFE_INTEGER)
  return oracle.out
}

/** Whether a copy's origin is beyond the last one seen of the same partition; it is the last one then. */
function isNext(origin: string, origins: Map<string, number>): boolean {
  const [partition = '', offset = ''] = origin.split(':')
  if (Number(offset) <= (origins.get(partition) ?? -1)) return false
  origins.set(partition, Number(offset))
  return true
}

/** The oracle's outputs at that pace, by topic, as comparable texts. */
export function oracleTexts(out: OracleOutputs, pace: number): [topic: string, texts: string[]][] {
  return [
    [barsTopic(configAt(pace).barIntervalMs), out.bars.map(textOf)],
    [ALERTS_TOPIC, out.alerts.map(textOf)],
    [LATE_TOPIC, out.late.map(textOf)],
  ]
}

/** What stands in an output topic, as the same texts. */
export function foundTexts(topic: string, values: readonly string[]): string[] {
  return values.map((value) => {
    const { processingTime: _, message: __, late, ...fields } = JSON.parse(value)
    return textOf(topic === LATE_TOPIC ? { offset: late.originOffset, lateBy: late.lateBy } : fields)
  })
}

function textOf(fields: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))))
}
