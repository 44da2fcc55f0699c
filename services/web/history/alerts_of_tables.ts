// Alerts of the past, out of their table.

import { quoteText } from '#duckdb/quoting'
import type { ReadRow } from '#lake-sql/reader/lake_reader'
import type { Direction } from '#market/alert'
import { DAY_MS, type EpochMs, MINUTE_MS } from '#runtime/units'
import type { AlertRow } from '#services/web/api'
import type { TimeRange } from '#services/web/history/bars/grain'
import { instantSql, symbolIs, timeIn } from '#services/web/history/conditions'
import type { AlertsQuestion, SeedAlerts } from '#services/web/live/seam'

/** What the table's rows must meet: for leaving out files. */
export function alertConditions({ symbol, from, to }: AlertsQuestion) {
  return [...(symbol === null ? [] : [symbolIs(symbol)]), ...timeIn('event_time', { from, to })]
}

/** In the order of alert_order.ts, each once, one more than the limit; `alertOf` reads the rows. */
export function alertsSql({ symbol, from, to, after, limit }: AlertsQuestion): string {
  const ofSymbol = symbol === null ? '' : `symbol = ${quoteText(symbol)} AND `
  const isAfter =
    after === null ? '' : `AND (event_time < ${instantSql(after.eventTime)} OR id > ${quoteText(after.id)})`
  return `SELECT id, rule, symbol, direction, level::DOUBLE, percent, price, reference_price,
    epoch_ms(reference_time)::DOUBLE, epoch_ms(event_time)::DOUBLE, message
    FROM alerts WHERE ${ofSymbol}event_time >= ${instantSql(from)} AND event_time < ${instantSql(to)} ${isAfter}
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY source_offset DESC) = 1
    ORDER BY event_time DESC, id LIMIT ${limit + 1}`
}

/** The range in parts from its newest date on, each of twice as many dates: the first ones mostly fill an answer. */
export function* newestFirst(dates: readonly number[], { from, to }: TimeRange): Generator<AlertsRange> {
  const within = dates.filter((date) => (date + 1) * DAY_MS > from && date * DAY_MS < to)
  for (let end = within.length, count = 1; end > 0; end -= count, count *= 2) {
    const [first, last] = [within[Math.max(0, end - count)], within[end - 1]] as [number, number]
    yield {
      from: Math.max(from, first * DAY_MS) as EpochMs,
      to: Math.min(to, (last + 1) * DAY_MS) as EpochMs,
    }
  }
}

type AlertsRange = Pick<AlertsQuestion, 'from' | 'to'>

/** How many there were since then, by symbol and quarter of an hour; `alertCountOf` reads the rows. */
export function alertCountsSql(since: EpochMs): string {
  return `SELECT symbol, (epoch_ms(event_time) // ${QUARTER_MS} * ${QUARTER_MS})::DOUBLE AS quarter,
    count(DISTINCT id)::DOUBLE FROM alerts WHERE event_time >= ${instantSql(since)} GROUP BY symbol, quarter`
}

const QUARTER_MS = 15 * MINUTE_MS

export function alertCountOf([symbol, eventTime, count]: ReadRow): SeedAlerts {
  return { symbol: symbol as string, eventTime: eventTime as EpochMs, count: count as number }
}

/** The alert in a row. */
export function alertOf(row: ReadRow): AlertRow {
  const [id, rule, symbol, direction, level, percent, price, referencePrice, referenceTime, eventTime, message] = row
  return {
    id: id as string,
    rule: rule as string,
    symbol: symbol as string,
    direction: direction as Direction,
    level: level as number,
    percent: percent as number,
    price: price as number,
    referencePrice: referencePrice as number,
    referenceTime: referenceTime as EpochMs | null,
    eventTime: eventTime as EpochMs,
    message: message as string,
  }
}
