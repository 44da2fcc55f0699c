// What the topology puts out: plain data without processing times, and counts; and how it becomes records of the log.
// Outputs go to the partition number of their input; re-keyed copies go where the hash of their key says.

import type { NewRecord } from '#log/event_log'
import { type Alert, encodeAlert } from '#market/alert'
import { type Bar, encodeBar } from '#market/bar'
import { DEAD_LETTER_REASONS, type DeadLetter, type DeadLetterReason, encodeDeadLetter } from '#market/dead_letter'
import { encodeLateQuote, type LateQuote } from '#market/late_quote'
import { ALERTS_TOPIC, barsTopic, DEAD_LETTERS_TOPIC, LATE_TOPIC } from '#market/topics'
import type { Counters } from '#runtime/metrics'
import type { EpochMs } from '#runtime/units'

/** Without the processing time, which is no part of a decision: the caller stamps it. */
type Unstamped<T> = Omit<T, 'processingTime'>
export type UnstampedBar = Unstamped<Bar>
export type UnstampedAlert = Unstamped<Alert>
export type UnstampedLateQuote = Unstamped<LateQuote>
export type UnstampedDeadLetter = Unstamped<DeadLetter>

/**
 * What was done with the records read. Two sums hold at any moment, as `unaccounted` checks:
 * read = valid + dead, and valid = placed + late + duplicates + rekeyed + repetitions.
 */
export interface StreamCounters extends Counters {
  read: number
  valid: number
  readonly dead: Record<DeadLetterReason, number>
  /** Quotes counted in a bar. */
  placed: number
  late: number
  duplicates: number
  /** Quotes with a wrong key or none, published again as copies. */
  rekeyed: number
  /** Copies that were taken before. */
  repetitions: number
  /** First emissions; `revisions` are the further ones. */
  bars: number
  revisions: number
  alerts: number
  /** Quotes that at least one rule left out as stale. */
  stale: number
  /** Day volumes lower than the trading day already had. */
  volumeDecreases: number
  /** Ids beyond the limits, so that their repetitions count as quotes. */
  idsNotKept: number
  /** Symbols forgotten at the limit. */
  symbolsForgotten: number
}

/** Where the topology puts what comes out of it. */
export interface Outputs {
  readonly bars: UnstampedBar[]
  readonly alerts: UnstampedAlert[]
  readonly late: UnstampedLateQuote[]
  readonly deadLetters: UnstampedDeadLetter[]
  readonly copies: NewRecord[]
  readonly counters: StreamCounters
}

/** Nothing put out yet. */
export function createOutputs(counters: StreamCounters = createCounters()): Outputs {
  return { bars: [], alerts: [], late: [], deadLetters: [], copies: [], counters }
}

/** All at zero. */
export function createCounters(): StreamCounters {
  return {
    read: 0,
    valid: 0,
    dead: Object.fromEntries(DEAD_LETTER_REASONS.map((reason) => [reason, 0])) as Record<DeadLetterReason, number>,
    placed: 0,
    late: 0,
    duplicates: 0,
    rekeyed: 0,
    repetitions: 0,
    bars: 0,
    revisions: 0,
    alerts: 0,
    stale: 0,
    volumeDecreases: 0,
    idsNotKept: 0,
    symbolsForgotten: 0,
  }
}

/** Dead letters of all reasons. */
export function deadTotal(counters: StreamCounters): number {
  return Object.values(counters.dead).reduce((sum, count) => sum + count, 0)
}

/** Records that the sums do not explain: always 0 unless the stream has a bug. */
export function unaccounted(counters: StreamCounters): number {
  const { read, valid, placed, late, duplicates, rekeyed, repetitions } = counters
  const explained = placed + late + duplicates + rekeyed + repetitions
  return Math.abs(read - valid - deadTotal(counters)) + Math.abs(valid - explained)
}

/** Empties what was put out; the counts go on. */
export function clearOutputs(out: Outputs): void {
  for (const list of [out.bars, out.alerts, out.late, out.deadLetters, out.copies]) list.length = 0
}

/** What the records of outputs take besides the outputs. */
export interface OutputPlace {
  /** The input's; the outputs go to the same number of their topics. */
  readonly partition: number
  readonly processingTime: EpochMs
  /** Names the topic of the bars. */
  readonly barIntervalMs: number
}

/** Encodes what was put out as records of the outputs' topics. */
export function encodeOutputs(out: Outputs, { partition, processingTime, barIntervalMs }: OutputPlace): NewRecord[] {
  const records: NewRecord[] = []
  const bars = barsTopic(barIntervalMs)
  const add = (topic: string, key: string | Uint8Array | null, value: string) =>
    records.push({ topic, partition, key, value })
  for (const bar of out.bars) add(bars, bar.symbol, encodeBar({ ...bar, processingTime }))
  for (const alert of out.alerts) add(ALERTS_TOPIC, alert.symbol, encodeAlert({ ...alert, processingTime }))
  for (const late of out.late) add(LATE_TOPIC, late.quote.symbol, encodeLateQuote({ ...late, processingTime }))
  for (const letter of out.deadLetters) {
    add(DEAD_LETTERS_TOPIC, letter.key?.slice() ?? null, encodeDeadLetter({ ...letter, processingTime }))
  }
  for (const copy of out.copies) records.push(copy)
  return records
}
