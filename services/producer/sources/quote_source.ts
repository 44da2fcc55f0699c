// The port of a quote source: batches of records for stock-prices. Implementations: yahoo, simulator, replay.
// A source makes the records itself, since a replayed line must reach the topic as it is, readable or not.

import type { NewRecord, NewRecords } from '#log/event_log'
import { encodeQuote, type Quote } from '#market/quote'
import { PRICES_TOPIC } from '#market/topics'
import type { MetricSource } from '#runtime/metrics'
import type { PublishedBatch } from '#services/producer/publishing'

/** A record for the topic, and what the console shows of it. */
export interface SourceRecord extends NewRecord {
  /** The symbol; null when the value has none that is valid. */
  readonly key: string | null
  readonly value: string | Uint8Array
  /** null when the value is no quote. */
  readonly price: number | null
  readonly currency: string | null
}

/** What a source took in and did not hand on, by reason. */
export interface SourceSkips {
  /** Quotes that said nothing new. */
  readonly unchanged: number
  /** Lines without a byte. */
  readonly emptyLines: number
  /** Rows of an answer, and frames of a stream, that could not be read as a quote; each kind was named in a warning. */
  readonly unusable: number
  /** Quotes left out because the source could not keep up with its own schedule, or the log with it, or by a fault. */
  readonly leftOut: number
}

/** Quotes that are published together. */
export interface SourceBatch extends PublishedBatch {
  /** Never empty, and within BATCH_RECORDS_MAX and about BATCH_BYTES_MAX. */
  readonly records: NewRecords<SourceRecord>
}

/** A source's symbols by what their markets do now, as far as the source knows. */
export interface MarketCounts {
  /** In regular trading: their prices should move. */
  readonly open: number
  readonly closed: number
  readonly unknown: number
  /** How late the source says that the quotes of open markets are, at least; null when it does not say. */
  readonly delayMs: number | null
}

/** Where quotes come from. */
export interface QuoteSource {
  /** One sentence for the start line: what the quotes are and where they come from. */
  describe(): string
  /** One sentence for the end, when the batches have ended by themselves. */
  readonly ended?: () => string
  /** True when the batches end by themselves. */
  readonly finite: boolean
  /** The name that its position is kept by; null for a source that cannot go on. Throws SOURCE_FAILED. */
  positionName(signal: AbortSignal): Promise<string | null>
  /**
   * The records, in order, from a position on that a batch had before; null: from the start. Ends soon after the signal
   * aborts. Throws SOURCE_FAILED when it cannot go on. To be called once.
   */
  batches(from: string | null, signal: AbortSignal): AsyncIterable<SourceBatch>
  /** What was skipped so far. */
  skips(): SourceSkips
  /** What it shows of itself besides. */
  readonly metrics?: readonly MetricSource[]
  /** What the markets do; null while that is not known. Missing from a source that never knows. */
  readonly markets?: () => MarketCounts | null
}

/** Nothing skipped. */
export const NO_SKIPS: SourceSkips = { unchanged: 0, emptyLines: 0, unusable: 0, leftOut: 0 }

/** The record of a quote, keyed by its symbol. */
export function recordOf(quote: Quote): SourceRecord {
  return {
    topic: PRICES_TOPIC,
    key: quote.symbol,
    value: encodeQuote(quote),
    price: quote.price,
    currency: quote.currency,
  }
}
