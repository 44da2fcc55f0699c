// Where live quotes wait for the log. Bounded: when they come faster than they can be published, the newest of each
// symbol are kept, and the others are counted. What is left then loses its size, since that is no longer all that was
// traded; the day's volume still tells.

import type { Quote } from '#market/quote'
import type { Clock } from '#runtime/clock'
import {
  BATCH_BYTES_MAX,
  LIVE_BATCH_EVERY_MS,
  LIVE_BATCH_RECORDS_MAX,
  QUOTES_WAITING_MAX,
} from '#services/producer/limits'
import { recordOf, type SourceBatch, type SourceRecord } from '#services/producer/sources/quote_source'

/** Takes quotes as they come, and hands them on in batches. */
export class Intake {
  readonly #clock: Clock
  #waiting: Quote[] = []
  /** Those before are handed on already. */
  #start = 0
  #leftOut = 0
  #wake: () => void = () => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Quotes that came and were not handed on. */
  get leftOut(): number {
    return this.#leftOut
  }

  /** Takes a quote. On the hot path. */
  add(quote: Quote): void {
    if (this.#size >= QUOTES_WAITING_MAX) this.#keepNewest()
    this.#waiting.push(quote)
    if (this.#size === 1) this.#wake()
  }

  /**
   * Batches, in the order in which quotes came: at once after a rest, and then every LIVE_BATCH_EVERY_MS. When the
   * signal aborts, what waits is handed on, and they end. To be called once.
   */
  async *batches(signal: AbortSignal): AsyncGenerator<SourceBatch> {
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    try {
      for (;;) {
        if (this.#size === 0 && !signal.aborted) await this.#arrival()
        if (this.#size === 0) return
        const sentAt = this.#clock.now()
        yield { records: this.#take(), position: null }
        const restMs = sentAt + LIVE_BATCH_EVERY_MS - this.#clock.now()
        if (restMs > 0 && this.#size < LIVE_BATCH_RECORDS_MAX) await this.#clock.sleep(restMs, signal)
      }
    } finally {
      this.#leftOut += this.#size
    }
  }

  get #size(): number {
    return this.#waiting.length - this.#start
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #take(): [SourceRecord, ...SourceRecord[]] {
    const records: SourceRecord[] = []
    let bytes = 0
    while (this.#size > 0 && records.length < LIVE_BATCH_RECORDS_MAX && bytes < BATCH_BYTES_MAX) {
      const record = recordOf(this.#waiting[this.#start++] as Quote)
      records.push(record)
      bytes += record.value.length
    }
    // Moved now and then, rather than each time.
    if (this.#start === this.#waiting.length || this.#start >= QUOTES_WAITING_MAX) {
      this.#waiting = this.#waiting.slice(this.#start)
      this.#start = 0
    }
    return records as [SourceRecord, ...SourceRecord[]]
  }

  #keepNewest(): void {
    const newest = new Map<string, Quote>()
    const merged = new Set<string>()
    const waiting = this.#waiting.slice(this.#start)
    for (const quote of waiting) {
      const other = newest.get(quote.symbol)
      if (other !== undefined) merged.add(quote.symbol)
      if (other === undefined || quote.timestamp >= other.timestamp) newest.set(quote.symbol, quote)
    }
    const kept = waiting.filter((quote) => newest.get(quote.symbol) === quote)
    this.#leftOut += waiting.length - kept.length
    this.#waiting = kept.map((quote) => (merged.has(quote.symbol) ? { ...quote, size: null } : quote))
    this.#start = 0
  }
}
