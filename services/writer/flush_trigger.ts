// When a table is written: as soon as its buffer has FLUSH_ROWS rows, FLUSH_BYTES bytes or too many dates, otherwise
// when its oldest row has waited for FLUSH_INTERVAL_MS. Progress without rows waits longer. How it is written is in
// commit/flush_buffer.ts.

import type { EpochMs } from '#runtime/units'
import type { WriterConfig } from '#services/writer/config'
import { DATES_PER_BUFFER_MAX, PROGRESS_INTERVAL_MS, ROW_BYTES_OVERHEAD } from '#services/writer/limits'

/** Watches what one buffer holds, and says when it has to be flushed. */
export class FlushTrigger {
  readonly #config: WriterConfig
  #rows = 0
  #bytes = 0
  #dates = 0
  #rowsSince: EpochMs | null = null
  #progressSince: EpochMs | null = null

  constructor(config: WriterConfig) {
    this.#config = config
  }

  /** Rows that were counted. */
  get rows(): number {
    return this.#rows
  }

  /** When the oldest of them came; null when there is none. */
  get rowsSince(): EpochMs | null {
    return this.#rowsSince
  }

  /** Whether the buffer may take no more rows. */
  get isFull(): boolean {
    return (
      this.#rows >= this.#config.flushRows ||
      this.#bytes >= this.#config.flushBytes ||
      this.#dates >= DATES_PER_BUFFER_MAX
    )
  }

  /** Whether what the buffer holds has waited long enough. */
  isDue(now: EpochMs): boolean {
    if (this.#rowsSince !== null) return now - this.#rowsSince >= this.#config.flushIntervalMs
    return this.#progressSince !== null && now - this.#progressSince >= PROGRESS_INTERVAL_MS
  }

  /** Counts a row; `dates` is the number of dates that the buffer has rows of by then. */
  countRow(valueBytes: number, dates: number): void {
    this.#rows++
    this.#bytes += valueBytes + ROW_BYTES_OVERHEAD
    this.#dates = dates
  }

  /** Counts a record that could not be read as a row, so that there is a bound on them. */
  countUnreadable(): void {
    this.#rows++
  }

  /** Notes that there is progress, and with it the rows that were counted since the last call. */
  noteProgress(now: EpochMs): void {
    this.#progressSince ??= now
    if (this.#rows > 0) this.#rowsSince ??= now
  }

  /** Begins anew, for an empty buffer. */
  reset(): void {
    this.#rows = 0
    this.#bytes = 0
    this.#dates = 0
    this.#rowsSince = null
    this.#progressSince = null
  }
}
