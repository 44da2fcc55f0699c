// An output of the stream as a comparison sees it: a kind, a key that a replay gives again, and its value as text
// without the processing time, which is no part of a decision.

import { encodeAlert } from '#market/alert'
import { encodeBar } from '#market/bar'
import { encodeDeadLetter } from '#market/dead_letter'
import { encodeLateQuote } from '#market/late_quote'
import { ALERTS_TOPIC, barsTopic, DEAD_LETTERS_TOPIC, LATE_TOPIC, type Topic } from '#market/topics'
import type { EpochMs } from '#runtime/units'
import type { Outputs } from '#services/stream/outputs'

/** What the stream puts out, re-keyed copies aside. */
export const OUTPUT_KINDS = ['bars', 'alerts', 'late quotes', 'dead letters'] as const

export type OutputKind = (typeof OUTPUT_KINDS)[number]

/** The topic that each kind is emitted to, with bars of that interval. */
export function outputTopics(barIntervalMs: number): Readonly<Record<OutputKind, Topic>> {
  return {
    bars: barsTopic(barIntervalMs),
    alerts: ALERTS_TOPIC,
    'late quotes': LATE_TOPIC,
    'dead letters': DEAD_LETTERS_TOPIC,
  }
}

/** The members of an output's value; of a late quote those about its lateness, too. */
export type OutputFields = Readonly<Record<string, unknown>>

/** One output. */
export interface Output {
  readonly kind: OutputKind
  readonly key: string
  readonly text: string
}

/** An emitted value; null when no version of us wrote it. */
export function emittedOutput(kind: OutputKind, value: string): Output | null {
  try {
    const key = keyOf(kind, fieldsOf(value))
    return key === null ? null : { kind, key, text: value.replace(PROCESSING_TIME, '') }
  } catch {
    return null
  }
}

/** What the topology put out, in its own order of each kind. */
export function replayedOutputs(out: Outputs): Output[] {
  const stamped = { processingTime: 0 as EpochMs }
  const outputs: Output[] = []
  const add = (kind: OutputKind, key: string, value: string) =>
    outputs.push({ kind, key, text: value.replace(PROCESSING_TIME, '') })
  for (const bar of out.bars) add('bars', barKey(bar), encodeBar({ ...bar, ...stamped }))
  for (const alert of out.alerts) add('alerts', alert.id, encodeAlert({ ...alert, ...stamped }))
  for (const late of out.late) add('late quotes', lateKey(late), encodeLateQuote({ ...late, ...stamped }))
  for (const letter of out.deadLetters) {
    add('dead letters', String(letter.offset), encodeDeadLetter({ ...letter, ...stamped }))
  }
  return outputs
}

/** The members of a value. Throws when it is no JSON object. */
export function fieldsOf(text: string): OutputFields {
  const { late, ...fields } = JSON.parse(text) as Record<string, unknown>
  return typeof late === 'object' && late !== null ? { ...fields, ...late } : fields
}

/** The members that differ, each with its value there and here; those aside that the emitting version did not have. */
export function differingFields(emitted: OutputFields, replayed: OutputFields): Record<string, [unknown, unknown]> {
  const found: Record<string, [unknown, unknown]> = {}
  for (const name of new Set([...Object.keys(emitted), ...Object.keys(replayed)])) {
    const [there, here] = [emitted[name] ?? null, replayed[name] ?? null]
    const isEqual = JSON.stringify(there) === JSON.stringify(here)
    if (!isEqual && !isOfLater(name, emitted)) found[name] = [there, here]
  }
  return found
}

/**
 * Whether a bar or an alert lacks the member because an older version emitted it, or an older writer landed it. A topic
 * has no such member then. A table has NULL in its column, which says so only where there is no trade date either.
 */
function isOfLater(name: string, emitted: OutputFields): boolean {
  if (!LATER_MEMBERS.has(name)) return false
  return emitted[name] === undefined || (emitted[name] === null && !hasTradeDate(emitted))
}

/** Members of bars and alerts that versions without calendars do not write. */
const LATER_MEMBERS: ReadonlySet<string> = new Set(['tradeDate', 'session', 'volumeSince'])

/** Members of bars that tell their volume, and whether it is known. */
export const VOLUME_MEMBERS: ReadonlySet<string> = new Set(['volume', 'volumeSince', 'vwap', 'complete'])

/** Whether a version without calendars emitted it. */
export function isBeforeCalendars(kind: OutputKind, fields: OutputFields): boolean {
  return (kind === 'bars' || kind === 'alerts') && !hasTradeDate(fields)
}

function hasTradeDate({ tradeDate }: OutputFields): boolean {
  return (tradeDate ?? null) !== null
}

/** It is written last, in whatever stands around the value's own end. */
const PROCESSING_TIME = /,"processingTime":\d+(?=\}{1,2}$)/

function keyOf(kind: OutputKind, fields: OutputFields): string | null {
  const { symbol, windowStart, revision, lastOffset, id, eventTime, originPartition, originOffset, offset } = fields
  if (kind === 'bars') {
    const isOurs = typeof symbol === 'string' && [windowStart, revision, lastOffset].every(Number.isSafeInteger)
    return isOurs ? barKey({ symbol, windowStart, revision }) : null
  }
  if (kind === 'alerts') return typeof id === 'string' && Number.isSafeInteger(eventTime) ? id : null
  if (kind === 'dead letters') return Number.isSafeInteger(offset) ? String(offset) : null
  return Number.isSafeInteger(originOffset) ? lateKey({ originPartition, originOffset }) : null
}

function barKey({
  symbol,
  windowStart,
  revision,
}: {
  symbol: unknown
  windowStart: unknown
  revision: unknown
}): string {
  return `${symbol}|${windowStart}|${revision}`
}

function lateKey({ originPartition, originOffset }: { originPartition: unknown; originOffset: unknown }): string {
  return `${originPartition}:${originOffset}`
}
