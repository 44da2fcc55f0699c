// Live records without a log: bars, alerts and quotes of a test come in by hand, each at the next offset of its
// partition.

import { openCalendars } from '#calendar/calendars'
import { type EpochMs, MINUTE_MS, type Offset, offset } from '#runtime/units'
import type { AlertRow, BarRow } from '#services/web/api'
import { LiveRecords, type LiveRecordsOptions } from '#services/web/live/live_records'
import type { TopicBar } from '#services/web/live/seam'
import { quoteView } from './given_quotes.ts'

/** Calendars by which a trading day is a day of UTC, where nothing says otherwise. */
export const UTC_DAYS = openCalendars({ defaultName: 'UTC' })

/** A moment in the middle of a day. */
export const NOON = (20_000 * 24 * 60 * MINUTE_MS + 12 * 60 * MINUTE_MS) as EpochMs

/** A bar of a minute that means nothing. */
export function barAt(minute: number, fields: Partial<BarRow> = {}): BarRow {
  const windowStart = (NOON + minute * MINUTE_MS) as EpochMs
  return {
    ...{ windowStart, windowEnd: (windowStart + MINUTE_MS) as EpochMs, open: 1, high: 2, low: 1, close: 2 },
    ...{ average: 1.5, vwap: null, volume: null, count: 2, revision: 0, complete: true },
    ...{ origin: 'live', session: null, tradeDate: null },
    ...fields,
  }
}

/** An alert that means nothing. */
export function alertOf(id: string, fields: Partial<AlertRow> = {}): AlertRow {
  return {
    ...{ id, rule: 'move', symbol: 'AAPL', direction: 'up', level: 1, percent: 2, price: 102, referencePrice: 100 },
    ...{ referenceTime: null, eventTime: NOON, message: 'up' },
    ...fields,
  }
}

/** Records that are filled by hand. */
export class LiveDriver {
  readonly records: LiveRecords
  readonly #ends: { readonly bars: number[]; readonly alerts: number[] }

  readonly #begins: readonly Offset[]
  readonly #logStarts: readonly Offset[]

  /** `starts`: where the reading of bars and alerts begins, in every partition; `logStart`: where the log does. */
  constructor({ partitions = 2, starts = 0, logStart = 0, hasBegun = true, ...options }: DriverOptions = {}) {
    this.records = new LiveRecords({ barIntervalMs: MINUTE_MS, calendars: UTC_DAYS, id: 'these', ...options })
    this.records.board.moveTo(NOON)
    this.#begins = Array.from({ length: partitions }, () => offset(starts))
    this.#logStarts = this.#begins.map(() => offset(logStart))
    this.#ends = { bars: [...this.#begins], alerts: [...this.#begins] }
    if (hasBegun) this.begin()
  }

  /** The topics are known from now on. */
  begin(): void {
    const range = { logStarts: this.#logStarts, starts: this.#begins }
    this.records.bars.begin({ topicId: 'bars', ...range })
    this.records.gap()
    this.records.alerts.begin({ topicId: 'alerts', ...range })
    this.records.gap()
  }

  bar(symbol: string, row: TopicBar, partition = 0): void {
    const { bars, board } = this.records
    const place = this.#ends.bars[partition] ?? 0
    this.#ends.bars[partition] = place + 1
    bars.add({ symbol, row, partition, offset: offset(place) })
    bars.passed(partition, offset(place + 1))
    board.closedBar(symbol, row.windowEnd)
  }

  alert(row: AlertRow, partition = 0): void {
    const { alerts, board } = this.records
    const place = this.#ends.alerts[partition] ?? 0
    this.#ends.alerts[partition] = place + 1
    alerts.add({ symbol: row.symbol, row, partition, offset: offset(place) })
    alerts.passed(partition, offset(place + 1))
    board.countAlerts(row.symbol, row)
  }

  quote(symbol: string, price: number, ms: number): void {
    const timestamp = (NOON + ms) as EpochMs
    this.records.board.quote(quoteView({ symbol, price, timestamp }), timestamp)
  }
}

/** How a driver begins. */
export interface DriverOptions extends Partial<LiveRecordsOptions> {
  readonly partitions?: number
  readonly starts?: number
  readonly logStart?: number
  /** False: the topics are known once `begin` is called. */
  readonly hasBegun?: boolean
}
