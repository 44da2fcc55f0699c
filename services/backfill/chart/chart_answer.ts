// Yahoo's answer to a chart request: times and prices in arrays of their own, the symbol's facts, splits, dividends.
// Reading is total: whatever arrives is an answer, or the words for what is wrong with it.

import type { EpochMs } from '#runtime/units'
import {
  instantOf,
  isRecord,
  type JsonRecord,
  listOf,
  numberOf,
  recordOf,
  textOf,
} from '#services/backfill/chart/json_fields'
import { shortestPrice } from '#services/backfill/chart/shortest_price'
import { type ChartPeriod, readPeriods } from '#services/backfill/chart/trading_periods'
import { ANSWER_ROWS_MAX, ANSWER_SESSIONS_MAX } from '#services/backfill/limits'

/** The prices of a window. */
export interface ChartPrices {
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number | null
}

/** A window; without prices nothing was traded in it. */
export interface ChartRow {
  readonly time: EpochMs
  readonly prices: ChartPrices | null
}

/** A split or a dividend. */
export type ChartEvent =
  | { readonly kind: 'split'; readonly time: EpochMs; readonly ratio: number }
  | { readonly kind: 'dividend'; readonly time: EpochMs; readonly amount: number; readonly currency: string | null }

/** An answer. */
export interface ChartAnswer {
  readonly symbol: string | null
  /** Yahoo's code, such as NMS. */
  readonly exchange: string | null
  /** IANA name. */
  readonly zone: string | null
  /** As Yahoo says it: GBp is pence. */
  readonly currency: string | null
  /** Such as EQUITY, CURRENCY. */
  readonly instrumentType: string | null
  /** How long the bars are, in Yahoo's word. */
  readonly granularity: string | null
  /** By time, one a time. */
  readonly rows: readonly ChartRow[]
  /** Rows that could not be read. */
  readonly unusable: number
  /** The sessions of the answer's days as Yahoo has them; null when it does not say. */
  readonly periods: readonly ChartPeriod[] | null
  readonly events: readonly ChartEvent[]
}

/** An answer, or what is wrong. */
export type ChartReading =
  | { readonly kind: 'chart'; readonly answer: ChartAnswer }
  | { readonly kind: 'unusable'; readonly detail: string }

/** Reads the text of an answer. Never throws. */
export function readChartAnswer(text: string): ChartReading {
  const chart = recordOf(recordOf(parsed(text))?.chart)
  if (chart === null) return unusable('it is not a chart')
  const result = recordOf(listOf(chart.result)?.[0])
  if (result === null) return unusable(textOf(recordOf(chart.error)?.description) ?? 'it has no result')
  const meta = recordOf(result.meta)
  if (meta === null) return unusable('it does not say of which symbol it is')
  const times = listOf(result.timestamp) ?? []
  if (times.length > ANSWER_ROWS_MAX) return unusable(`it has more than ${ANSWER_ROWS_MAX} rows`)
  const rows = readRows(times, result)
  if (rows === null) return unusable('it has times without prices')
  const periods = readPeriods(meta)
  if ((periods?.length ?? 0) > ANSWER_SESSIONS_MAX) return unusable(`it has more than ${ANSWER_SESSIONS_MAX} sessions`)
  return {
    kind: 'chart',
    answer: {
      symbol: textOf(meta.symbol),
      exchange: textOf(meta.exchangeName),
      zone: textOf(meta.exchangeTimezoneName),
      currency: textOf(meta.currency),
      instrumentType: textOf(meta.instrumentType),
      granularity: textOf(meta.dataGranularity),
      ...rows,
      periods,
      events: readEvents(recordOf(result.events)),
    },
  }
}

function unusable(detail: string): ChartReading {
  return { kind: 'unusable', detail }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const PRICE_NAMES = ['open', 'high', 'low', 'close'] as const

/** null when there are times, but none of the arrays that belong to them. */
function readRows(times: readonly unknown[], result: JsonRecord): Pick<ChartAnswer, 'rows' | 'unusable'> | null {
  const columns = recordOf(listOf(recordOf(result.indicators)?.quote)?.[0]) ?? {}
  const lists = PRICE_NAMES.map((name) => listOf(columns[name]))
  if (times.length > 0 && lists.some((list) => list === null)) return null
  const volumes = listOf(columns.volume) ?? []
  const rows = new Map<EpochMs, ChartRow>()
  let unusable = 0
  for (const [i, given] of times.entries()) {
    const time = instantOf(given)
    const prices = pricesOf(
      lists.map((list) => list?.[i] ?? null),
      volumes[i],
    )
    if (time === null || prices === 'unusable') unusable++
    // The window that still runs may come twice, at the end; where one of the two has prices, it counts.
    else if (prices !== null || !rows.has(time)) rows.set(time, { time, prices })
  }
  return { rows: [...rows.values()].sort((a, b) => a.time - b.time), unusable }
}

/**
 * null when nothing was traded. High and low are prices that were traded, and so are open and close: Yahoo's high is
 * sometimes below them.
 */
function pricesOf(given: readonly unknown[], volume: unknown): ChartPrices | 'unusable' | null {
  if (given.every((price) => price === null)) return null
  if (!given.every((price): price is number => numberOf(price) !== null && (price as number) > 0)) return 'unusable'
  const [open, high, low, close] = given.map(shortestPrice) as [number, number, number, number]
  const traded = numberOf(volume)
  return {
    open,
    high: Math.max(open, high, low, close),
    low: Math.min(open, high, low, close),
    close,
    volume: traded !== null && traded >= 0 ? traded : null,
  }
}

function readEvents(events: JsonRecord | null): ChartEvent[] {
  if (events === null) return []
  const of = (name: string) => Object.values(recordOf(events[name]) ?? {}).filter(isRecord)
  return [...of('splits').flatMap(splitOf), ...of('dividends').flatMap(dividendOf)].sort((a, b) => a.time - b.time)
}

function splitOf(split: JsonRecord): ChartEvent[] {
  const time = instantOf(split.date)
  const [, before, after] = /^\s*([\d.]+)\s*[:/]\s*([\d.]+)\s*$/.exec(textOf(split.splitRatio) ?? '') ?? []
  const ratio = ratioOf(numberOf(split.numerator) ?? Number(before), numberOf(split.denominator) ?? Number(after))
  return time === null || ratio === null ? [] : [{ kind: 'split', time, ratio }]
}

function ratioOf(numerator: number, denominator: number): number | null {
  const ratio = numerator / denominator
  return Number.isFinite(ratio) && ratio > 0 ? ratio : null
}

function dividendOf(dividend: JsonRecord): ChartEvent[] {
  const [time, amount] = [instantOf(dividend.date), numberOf(dividend.amount)]
  if (time === null || amount === null || amount <= 0) return []
  return [{ kind: 'dividend', time, amount, currency: textOf(dividend.currency) }]
}
