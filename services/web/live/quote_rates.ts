// Quotes in the last minute, by symbol number: counts in buckets of five seconds, of which the oldest counts for the
// part of it that lies within the minute. By ingest time, so that a backlog that is read again counts as it came.

import { MINUTE_MS, SECOND_MS } from '#runtime/units'

const BUCKET_MS = 5 * SECOND_MS
const FULL_BUCKETS = MINUTE_MS / BUCKET_MS
const BUCKETS = FULL_BUCKETS + 1

/** The rates of all symbols. */
export class QuoteRates {
  readonly #counts: Uint32Array
  /** The number of the newest bucket, since the epoch. */
  readonly #newest: Float64Array

  constructor(symbolsMax: number) {
    this.#counts = new Uint32Array(symbolsMax * BUCKETS)
    this.#newest = new Float64Array(symbolsMax)
  }

  /** Counts a quote. On the hot path. */
  add(symbol: number, ingestTime: number): void {
    const bucket = Math.floor(ingestTime / BUCKET_MS)
    const newest = this.#newest[symbol] as number
    if (bucket > newest) this.#moveOn(symbol, newest, bucket)
    else if (bucket <= newest - BUCKETS) return
    const at = symbol * BUCKETS + (bucket % BUCKETS)
    this.#counts[at] = (this.#counts[at] as number) + 1
  }

  /** Quotes in the minute before `now`; a bucket that the log's clock has ahead of ours counts too. */
  perMinute(symbol: number, now: number): number {
    const current = Math.floor(now / BUCKET_MS)
    const newest = this.#newest[symbol] as number
    let sum = 0
    for (let bucket = newest; bucket > newest - BUCKETS && bucket >= current - FULL_BUCKETS; bucket--) {
      const count = this.#counts[symbol * BUCKETS + (bucket % BUCKETS)] as number
      const isOldest = bucket === current - FULL_BUCKETS
      sum += isOldest ? count * (1 - (now - current * BUCKET_MS) / BUCKET_MS) : count
    }
    return Math.round(sum)
  }

  #moveOn(symbol: number, newest: number, bucket: number): void {
    const from = Math.max(newest + 1, bucket - BUCKETS + 1)
    for (let each = from; each <= bucket; each++) this.#counts[symbol * BUCKETS + (each % BUCKETS)] = 0
    this.#newest[symbol] = bucket
  }
}

/** How often a rate that no quote keeps up has fallen. */
export const RATE_STEP_MS = BUCKET_MS
