// A place in the live records as text: the event ids of the stream, and the positions in answers. Opaque to all others.
// It holds the offsets of bars and alerts by partition, which outlive this process, and the tick of the quotes, which
// does not. Lives are hashes: another one means that offsets or ticks of the text say nothing here.

import { type Offset, offset } from '#runtime/units'
import type { Position } from '#services/web/api'

/** A place in the live records. */
export interface Place {
  /** Of the topics: changes when one of them is made anew. */
  readonly topicsLife: string
  /** Of the process that counts the ticks. */
  readonly ticksLife: string
  readonly tick: number
  /** The next offsets, by partition. */
  readonly bars: readonly Offset[]
  readonly alerts: readonly Offset[]
}

const RADIX = 36

/** A text has no more characters, so that nobody's is looked at for long: enough for 1,000 partitions. */
const CHARS_MAX = 32_768

const NUMBER = '[0-9a-z]{1,11}'
const FORM = new RegExp(
  `^([0-9a-z]{1,32})\\.([0-9a-z]{1,32})\\.(${NUMBER})\\.((?:${NUMBER}-)*${NUMBER})?\\.((?:${NUMBER}-)*${NUMBER})?$`,
)

/** The place as text. */
export function placeText({ topicsLife, ticksLife, tick, bars, alerts }: Place): Position {
  return [topicsLife, ticksLife, tick.toString(RADIX), offsetsText(bars), offsetsText(alerts)].join('.')
}

/** The place that a text stands for; null when it is none that `placeText` makes. */
export function parsePlace(text: string): Place | null {
  if (text.length > CHARS_MAX) return null
  const [, topicsLife, ticksLife, tick = '', bars, alerts] = FORM.exec(text) ?? []
  if (topicsLife === undefined || ticksLife === undefined) return null
  const [ticks, barOffsets, alertOffsets] = [numberOf(tick), offsetsOf(bars), offsetsOf(alerts)]
  if (ticks === null || barOffsets === null || alertOffsets === null) return null
  return { topicsLife, ticksLife, tick: ticks, bars: barOffsets, alerts: alertOffsets }
}

function offsetsText(offsets: readonly Offset[]): string {
  return offsets.map((each) => each.toString(RADIX)).join('-')
}

function offsetsOf(text: string | undefined): Offset[] | null {
  if (text === undefined) return []
  const numbers = text.split('-').map(numberOf)
  return numbers.every((each) => each !== null) ? numbers.map(offset) : null
}

function numberOf(text: string): number | null {
  const value = Number.parseInt(text, RADIX)
  return Number.isSafeInteger(value) ? value : null
}
