// A lake in which every view has something to say: two trading days of five markets with silences, volumes and late
// quotes, prices that move enough for alerts, and lines that are no quotes; history that overlaps what was seen live,
// was fetched twice and differs, also in the first minute after a silence, whose own volume reaches back to the minutes
// before it; splits that were corrected. All of it goes through the platform.

import { encodeCorporateAction } from '#market/history/corporate_action'
import { encodeHistoryBar } from '#market/history/history_bar'
import { encodeHistoryDay } from '#market/history/history_day'
import { CORPORATE_ACTIONS_TOPIC, HISTORY_BARS_TOPIC, HISTORY_DAYS_TOPIC } from '#market/topics'
import { DAY_MS, epochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from '#runtime/units'
import { historyBar, historyDay, split } from '#support/lake/history_records'
import { publishHistory } from './history.ts'
import { drain } from './lake.ts'

/** Midnight of the first day, a Tuesday; what is of other days says so by its distance. */
const FIRST_DAY = Date.UTC(2026, 10, 24)

/** How a symbol is quoted on each of the two days. */
interface Quoted {
  readonly symbol: string
  readonly exchange?: string
  /** Hours of UTC. */
  readonly from: number
  readonly to: number
  readonly everyS: number
  readonly price: number
  /** Names of the volumes that its quotes carry. */
  readonly volume?: 'size' | 'dayVolume'
}

/** ES=F trades on the evening before its trade date; nobody knows the market of ZZZ. */
const MARKETS: readonly Quoted[] = [
  { symbol: 'AAPL', exchange: 'NMS', from: 13, to: 22, everyS: 40, price: 277.06, volume: 'dayVolume' },
  { symbol: 'VOD.L', exchange: 'LSE', from: 8, to: 17, everyS: 60, price: 91.3, volume: 'size' },
  { symbol: '7203.T', exchange: 'JPX', from: 0, to: 6.5, everyS: 90, price: 3041.5, volume: 'dayVolume' },
  { symbol: 'ES=F', exchange: 'CME', from: 0, to: 24, everyS: 240, price: 6789.25 },
  { symbol: 'BTC-USD', exchange: 'CCC', from: 0, to: 24, everyS: 300, price: 91234.5678, volume: 'size' },
  { symbol: 'ZZZ', from: 9, to: 12, everyS: 120, price: 0.0123 },
]

/** A line of the recording, and when it was sent. */
interface Sent {
  readonly at: number
  readonly line: Buffer
}

/** Bytes that are no UTF-8 in every way there is, and some that are. */
const DEAD = [
  Buffer.from('{"symbol"'),
  Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x80]),
  Buffer.from([0x22, 0xc0, 0x80, 0x22]),
  Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
  Buffer.from([0x22, 0xf0, 0x9f, 0x93]),
  Buffer.from('{"symbol":"AAPL","price":-1,"timestamp":1790892000000}'),
  Buffer.from('"\u{1f4c8} no object\u0000"'),
]

/** Asks ours for a live bar that has its volume of history: `AFTER_SILENCE` is the answer. */
export const VOLUMES_OF_HISTORY = `SELECT bars_all.window_start::VARCHAR AS at, bars_all.volume::VARCHAR AS volume
  FROM bars_all JOIN bars USING (symbol, window_start, date)
  WHERE symbol = 'AAPL' AND origin = 'live' AND bars_all.volume <> bars.volume
  ORDER BY bars.volume DESC LIMIT 1`

/** The first one after the silence: a quote of its last minute came late. */
export const AFTER_SILENCE = ['2026-11-25 15:19:00+00', '1049.0']

/** Makes the lake; commits as many rows at a time. */
export async function landTradedLake(folder: string, flushRows: number): Promise<void> {
  const sent = [...MARKETS.flatMap(quotesOf), ...deadLines()].sort((a, b) => a.at - b.at)
  await drain(folder, { lines: sent.map(({ line }) => line), quotes: [] }, flushRows)
  await publishHistory(folder, historyRecords(), flushRows)
}

const LATE_EVERY = 50
const REVISING_EVERY = 21

function quotesOf(market: Quoted): Sent[] {
  const perDay = Math.floor(((market.to - market.from) * HOUR_MS) / (market.everyS * SECOND_MS))
  return [0, 1].flatMap((day) =>
    Array.from({ length: perDay }, (_, i) => quoteOf(market, { day, i })).filter(({ at }) => !isSilence(at)),
  )
}

function quoteOf(market: Quoted, { day, i }: { day: number; i: number }): Sent {
  const { symbol, exchange, everyS, volume } = market
  const timestamp = FIRST_DAY + day * DAY_MS + market.from * HOUR_MS + i * everyS * SECOND_MS + (i % 7) * 100
  const price = Number((market.price * (1 + 0.03 * Math.sin(i / 13 + day) + (i % 5) / 10_000)).toPrecision(7))
  const volumes = volume === 'size' ? { size: i % 9 } : volume === undefined ? {} : { dayVolume: 100 * i + (i % 3) }
  const known = i % 11 === 3 ? {} : { ...volumes, previousClose: market.price, bid: price - 0.01, currency: 'USD' }
  const late = i % LATE_EVERY === LATE_EVERY - 1 ? HOUR_MS : i % REVISING_EVERY === 20 ? 3 * MINUTE_MS : 0
  const quote = { symbol, price, timestamp, ...(exchange === undefined ? {} : { exchange }), ...known }
  return { at: timestamp + late, line: Buffer.from(JSON.stringify(quote)) }
}

/** Twenty minutes of the second day in which no quote came in: history has them. */
function isSilence(at: number): boolean {
  const minute = (at - FIRST_DAY - DAY_MS) / MINUTE_MS
  return minute >= 15 * 60 && minute < 15 * 60 + 20
}

function deadLines(): Sent[] {
  return DEAD.map((line, n) => ({ at: FIRST_DAY + n * HOUR_MS, line }))
}

const FETCHED_AT = FIRST_DAY + 3 * DAY_MS

function historyRecords() {
  const bars = [0, 1].flatMap((fetch) => historyBarsOf(fetch))
  const days = [0, 1].map((day) => historyDay({ tradeDate: `2026-11-2${4 + day}`, state: 'complete' }))
  return [
    ...bars.map((bar) => ({ topic: HISTORY_BARS_TOPIC, key: bar.symbol, value: encodeHistoryBar(bar) })),
    ...days.map((day) => ({ topic: HISTORY_DAYS_TOPIC, key: day.symbol, value: encodeHistoryDay(day) })),
    ...corporateActions().map((action) => ({
      topic: CORPORATE_ACTIONS_TOPIC,
      key: action.symbol,
      value: encodeCorporateAction(action),
    })),
  ]
}

const GRAINS = [
  { grain: '1m', windowMs: MINUTE_MS, count: 90 },
  { grain: '5m', windowMs: 5 * MINUTE_MS, count: 20 },
  { grain: '1h', windowMs: HOUR_MS, count: 7 },
  { grain: '1d', windowMs: DAY_MS, count: 40 },
] as const

/** From the opening in New York on, on both days; the second fetch corrects the first. */
function historyBarsOf(fetch: number) {
  return [0, 1].flatMap((day) =>
    GRAINS.flatMap(({ grain, windowMs, count }) =>
      Array.from({ length: count - 5 * fetch }, (_, i) => {
        const windowStart = FIRST_DAY + day * DAY_MS + 14.5 * HOUR_MS + i * windowMs * (grain === '1d' ? -1 : 1)
        return historyBar({
          grain,
          windowStart: epochMs(windowStart),
          windowEnd: epochMs(windowStart + windowMs),
          close: 270.1 + i + fetch / 3,
          volume: i % 4 === 0 ? null : 1_000 + i,
          tradeDate: new Date(windowStart).toISOString().slice(0, 10),
          session: 'regular',
          isFinal: i % 3 !== 0,
          fetchedAt: epochMs(FETCHED_AT + fetch * MINUTE_MS),
        })
      }),
    ),
  )
}

/** After both days, between them and long before; a ratio was wrong at first, and dividends count for nothing. */
function corporateActions() {
  const on = (day: number) => ({
    exTime: epochMs(FIRST_DAY + day * DAY_MS + 14.5 * HOUR_MS),
    exDate: new Date(FIRST_DAY + day * DAY_MS).toISOString().slice(0, 10),
  })
  const fetchedAt = epochMs(FETCHED_AT + HOUR_MS)
  return [
    split({ ...on(1), ratio: 2, fetchedAt: epochMs(FETCHED_AT) }),
    split({ ...on(1), ratio: 4, fetchedAt }),
    split({ ...on(3), ratio: 1.5, fetchedAt }),
    split({ ...on(9), ratio: 1.1, fetchedAt }),
    split({ fetchedAt }),
    split({ ...on(1), symbol: 'VOD.L', ratio: 0.1, fetchedAt }),
    split({ ...on(2), kind: 'dividend', ratio: null, amount: 0.25, currency: 'USD', fetchedAt }),
  ]
}
