// Late quotes and dead letters as they are shown: few facts, and a value as text that is safe to show and cut short.

import type { DeadLetter } from '#market/dead_letter'
import { displayText } from '#runtime/console/display_text'
import type { EpochMs } from '#runtime/units'
import type { DeadLettersOfReason, LateQuotesState } from '#services/web/api'
import { VALUE_CHARS_MAX } from '#services/web/flow/limits'

export type LateExample = NonNullable<LateQuotesState['example']>

/** A late quote as its record tells it. */
export interface LateRecord {
  readonly example: LateExample
  /** When the log took the quote in. */
  readonly ingestTime: EpochMs
}

/** The late quote in a record's value; null when no version of us wrote it. */
export function lateQuoteIn(value: Uint8Array | null): LateRecord | null {
  try {
    const { symbol, price, timestamp, late } = JSON.parse(new TextDecoder().decode(value ?? undefined))
    const { lateBy: lateByMs, ingestTime } = late
    if (typeof symbol !== 'string' || ![price, timestamp, lateByMs, ingestTime].every(Number.isFinite)) return null
    return { example: { symbol: shownText(symbol), price, eventTime: timestamp as EpochMs, lateByMs }, ingestTime }
  } catch {
    return null
  }
}

/** What is shown of a letter. */
export function letterExample(letter: DeadLetter): DeadLettersOfReason['example'] {
  const { detail, value, ingestTime, topic, partition, offset } = letter
  const text = value === null ? null : valueText(value)
  return { detail: shownText(detail), value: text, ingestTime, topic: shownText(topic), partition, offset }
}

/** UTF-8 has at most four bytes a character. */
const BYTES_MAX = 4 * VALUE_CHARS_MAX

/** A record's value as text, cut short. Controls, and bytes that are not UTF-8, are spelled out. */
export function valueText(value: Uint8Array): string {
  const head = value.subarray(0, BYTES_MAX)
  const text = decoded(head, head.length < value.length) ?? byteText(head)
  const shown = text.slice(0, VALUE_CHARS_MAX)
  return shown.length < text.length || head.length < value.length ? `${shown}...` : shown
}

/** A text of a topic, cut short: whoever can write there may write anything. */
export function shownText(text: string): string {
  return displayText(text.slice(0, VALUE_CHARS_MAX))
}

/** Undefined when it is not UTF-8. A cut may split its last character. */
function decoded(bytes: Uint8Array, isCut: boolean): string | undefined {
  try {
    return displayText(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut }))
  } catch {
    return undefined
  }
}

/** ASCII as it is, all else as its code. */
function byteText(bytes: Uint8Array): string {
  const head = bytes.subarray(0, VALUE_CHARS_MAX)
  return Array.from(head, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : hexOf(byte))).join('')
}

function hexOf(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`
}
