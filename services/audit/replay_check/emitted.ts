// What was emitted for one partition, held until the replay comes to the same. What is left at the end, the replay did
// not give.

import { PlatformError } from '#runtime/errors'
import {
  emittedOutput,
  fieldsOf,
  isBeforeCalendars,
  OUTPUT_KINDS,
  type Output,
  type OutputFields,
  type OutputKind,
} from '#services/audit/replay_check/output'

/** Outputs of one partition that are held at once, about 400 bytes each. Beyond: refused, with what to do. */
export const EMITTED_MAX = 1_000_000

/** An emitted output that the replay has not given yet. */
export interface HeldOutput {
  readonly text: string
  /** When the log took it in. */
  readonly emittedAt: number
  /** Of an alert: the offset of the quote that it is about, once the replay has met it. */
  quoteOffset?: number
}

/** What the values say of the settings that they came of. */
export interface SeenSettings {
  readonly barIntervalsMs: ReadonlySet<number>
  readonly rules: ReadonlySet<string>
}

/** The outputs of one partition. */
export class EmittedOutputs implements SeenSettings {
  readonly barIntervalsMs = new Set<number>()
  readonly rules = new Set<string>()
  /**
   * Windows, as `symbol|start`, with a bar that silence or a bounded run's end brought about; with the lowest offset
   * that such a bar names. What comes of the window afterwards depends on when that was.
   */
  readonly earlyClosings = new Map<string, number>()
  unreadable = 0
  /** The highest offset of stock-prices that an output names: the stream had got there. -1 without any. */
  reached = -1
  /** The same of bars that a version without calendars emitted. */
  beforeCalendars = -1
  readonly #held = new Map<OutputKind, Map<string, HeldOutput>>(OUTPUT_KINDS.map((kind) => [kind, new Map()]))
  /** How often a key came, where that is more than once. */
  readonly #times = new Map<string, number>()
  readonly #alertsAt = new Map<string, HeldOutput[]>()
  #count = 0

  /** Holds a value. Throws USAGE beyond EMITTED_MAX. */
  add(kind: OutputKind, value: string, emittedAt: number): void {
    const output = emittedOutput(kind, value)
    if (output === null) {
      this.unreadable++
      return
    }
    if (++this.#count > EMITTED_MAX) throw tooMany()
    const held = { text: output.text, emittedAt }
    this.#mapOf(kind).set(this.#newKey(output), held)
    this.#note(kind, held)
  }

  /** The output of that key, which is no longer held then. */
  take({ kind, key }: Output): HeldOutput | undefined {
    const outputs = this.#mapOf(kind)
    for (let n = 1; n <= (this.#times.get(`${kind} ${key}`) ?? 1); n++) {
      const held = outputs.get(numbered(key, n))
      if (held === undefined) continue
      outputs.delete(numbered(key, n))
      return held
    }
    return undefined
  }

  /** The replay has met a quote: alerts about it are of this offset. */
  meetQuote(quote: { readonly symbol: string; readonly timestamp: number }, offset: number): void {
    if (this.#alertsAt.size === 0) return
    for (const held of this.#alertsAt.get(`${quote.symbol}|${quote.timestamp}`) ?? []) held.quoteOffset ??= offset
  }

  /** What is still held, in the order of emission. */
  left(kind: OutputKind): readonly HeldOutput[] {
    return [...this.#mapOf(kind).values()]
  }

  #mapOf(kind: OutputKind): Map<string, HeldOutput> {
    return this.#held.get(kind) as Map<string, HeldOutput>
  }

  #newKey({ kind, key }: Output): string {
    const outputs = this.#mapOf(kind)
    if (!outputs.has(key)) return key
    const times = (this.#times.get(`${kind} ${key}`) ?? 1) + 1
    this.#times.set(`${kind} ${key}`, times)
    return numbered(key, times)
  }

  #note(kind: OutputKind, held: HeldOutput): void {
    const fields = fieldsOf(held.text)
    if (kind !== 'alerts') this.reached = Math.max(this.reached, offsetIn(fields))
    if (kind !== 'bars' && kind !== 'alerts') return
    if (kind === 'bars') {
      if (isBeforeCalendars(kind, fields)) this.beforeCalendars = Math.max(this.beforeCalendars, offsetIn(fields))
      this.barIntervalsMs.add(Number(fields.windowEnd) - Number(fields.windowStart))
      if (fields.closedBy !== 'watermark') this.#noteEarlyClosing(`${fields.symbol}|${fields.windowStart}`, fields)
      return
    }
    this.rules.add(String(fields.rule))
    const at = `${fields.symbol}|${fields.eventTime}`
    this.#alertsAt.set(at, [...(this.#alertsAt.get(at) ?? []), held])
  }

  #noteEarlyClosing(window: string, fields: OutputFields): void {
    const lowest = this.earlyClosings.get(window) ?? Number.POSITIVE_INFINITY
    this.earlyClosings.set(window, Math.min(lowest, offsetIn(fields)))
  }
}

/** The offset that an output names, the last one of a bar; alerts name none. */
export function offsetIn({ lastOffset, originOffset, offset }: OutputFields): number {
  return Number(lastOffset ?? originOffset ?? offset)
}

function numbered(key: string, n: number): string {
  return n === 1 ? key : `${key}#${n}`
}

function tooMany(): PlatformError {
  const what = `a partition has emitted more than ${EMITTED_MAX} outputs, more than are compared at once`
  return new PlatformError('USAGE', `${what}; name where to begin, by --since`)
}
