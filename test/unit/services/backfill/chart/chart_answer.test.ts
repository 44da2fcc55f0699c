import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ChartAnswer, readChartAnswer } from '#services/backfill/chart/chart_answer'

const START = 1_795_789_800 // 2026-11-27T14:30:00Z

interface Columns {
  readonly [name: string]: unknown
}

function textOf(timestamp: unknown, columns: Columns, rest: Columns = {}, meta: Columns = {}): string {
  const result = { meta: { symbol: 'AAPL', ...meta }, timestamp, indicators: { quote: [columns] }, ...rest }
  return JSON.stringify({ chart: { result: [result], error: null } })
}

function answerOf(text: string): ChartAnswer {
  const reading = readChartAnswer(text)
  if (reading.kind === 'unusable') throw new Error(reading.detail)
  return reading.answer
}

const column = (...values: readonly (number | null)[]) => values
const same = (...closes: readonly (number | null)[]) => ({
  open: closes,
  high: closes,
  low: closes,
  close: closes,
  volume: closes.map((close) => (close === null ? null : 10)),
})
const at = (minute: number) => START + minute * 60
const prices = (price: number, volume: number | null = 10) => ({
  open: price,
  high: price,
  low: price,
  close: price,
  volume,
})

describe('the rows of a chart', () => {
  test('are windows by time, with the prices that 32-bit floats stand for', () => {
    const text = textOf([at(0)], {
      open: column(276.80999755859375),
      high: column(277.3999938964844),
      low: column(276.5199890136719),
      close: column(277.05999755859375),
      volume: column(1234),
    })
    expect(answerOf(text).rows).toEqual([
      { time: at(0) * 1000, prices: { open: 276.81, high: 277.4, low: 276.52, close: 277.06, volume: 1234 } },
    ])
  })

  test('without prices are windows without a trade', () => {
    expect(answerOf(textOf([at(0), at(1)], same(null, 5))).rows).toEqual([
      { time: at(0) * 1000, prices: null },
      { time: at(1) * 1000, prices: prices(5) },
    ])
  })

  test('come sorted and once a time, whatever their order; of doubles the last with prices counts', () => {
    const { rows } = answerOf(textOf([at(2), at(0), at(2), at(2)], same(7, 5, 8, null)))
    expect(rows).toEqual([
      { time: at(0) * 1000, prices: prices(5) },
      { time: at(2) * 1000, prices: prices(8) },
    ])
  })

  test('that lack some prices, or have any that is none, are counted and left out', () => {
    const columns = { ...same(5, 6, 7, 8), low: column(5, null, -1, 8), close: ['5', 6, 7, 8] }
    const { rows, unusable } = answerOf(textOf([at(0), at(1), at(2), at(3), 'soon'], columns))
    expect(rows).toEqual([{ time: at(3) * 1000, prices: prices(8) }])
    expect(unusable).toBe(4)
  })

  test('have a high that is at least, and a low that is at most, every price', () => {
    const columns = { open: column(5), high: column(4), low: column(6), close: column(7), volume: column(null) }
    expect(answerOf(textOf([at(0)], columns)).rows[0]?.prices).toEqual({
      open: 5,
      high: 7,
      low: 4,
      close: 7,
      volume: null,
    })
  })

  test('whose arrays are short have no trade where these end; a volume that is none is not known', () => {
    const { rows } = answerOf(textOf([at(0), at(1)], { ...same(5), volume: [-3] }))
    expect(rows.map((row) => row.prices)).toEqual([prices(5, null), null])
  })

  test('whose time no calendar reaches are counted and left out', () => {
    const { rows, unusable } = answerOf(textOf([-8.64e12, at(0), 7.3e9, 8.64e12], same(5, 6, 7, 8)))
    expect(rows).toEqual([{ time: at(0) * 1000, prices: prices(6) }])
    expect(unusable).toBe(3)
  })

  test('are none in an answer without times', () => {
    expect(answerOf(textOf(undefined, {})).rows).toEqual([])
    expect(answerOf(textOf([], {})).rows).toEqual([])
  })
})

describe('the facts of a chart', () => {
  test('are taken as they are told, pence included', () => {
    const meta = {
      currency: 'GBp',
      exchangeName: 'LSE',
      exchangeTimezoneName: 'Europe/London',
      instrumentType: 'EQUITY',
      dataGranularity: '1m',
    }
    expect(answerOf(textOf([], {}, {}, meta))).toMatchObject({
      currency: 'GBp',
      exchange: 'LSE',
      zone: 'Europe/London',
      instrumentType: 'EQUITY',
      granularity: '1m',
    })
  })

  test('are null where they are not told', () => {
    const { currency, exchange, zone, granularity, periods } = answerOf(textOf([], {}))
    expect([currency, exchange, zone, granularity, periods]).toEqual([null, null, null, null, null])
  })

  const span = (start: number, end: number) => ({ start: at(start), end: at(end), gmtoffset: -18_000 })
  const times = (start: number, end: number) => ({
    start: at(start) * 1000,
    end: at(end) * 1000,
    dayStart: at(0) * 1000,
  })

  test('tell the sessions of each day, with and without those before and after hours', () => {
    const all = { pre: [[span(-330, 0)]], regular: [[span(0, 210)]], post: [[span(210, 450)]] }
    expect(answerOf(textOf([], {}, {}, { tradingPeriods: all })).periods).toEqual([
      { session: 'pre', ...times(-330, 0) },
      { session: 'regular', ...times(0, 210) },
      { session: 'post', ...times(210, 450) },
    ])
    const regular = [{ session: 'regular', ...times(0, 210) }]
    expect(answerOf(textOf([], {}, {}, { tradingPeriods: [[span(0, 210)]] })).periods).toEqual(regular)
    expect(answerOf(textOf([], {}, {}, { tradingPeriods: [span(0, 210)] })).periods).toEqual(regular)
  })

  test.each([[[]], [{}], ['soon'], [[[{ start: 'x' }]]], [[[span(5, 5)]]]])(
    'tell no sessions by %j',
    (tradingPeriods) => {
      expect(answerOf(textOf([], {}, {}, { tradingPeriods })).periods).toBeNull()
    },
  )
})

describe('splits and dividends', () => {
  test('are read by time, a ratio from its parts or from its text', () => {
    const events = {
      dividends: { [at(0)]: { amount: 0.26, date: at(0) }, broken: null },
      splits: {
        [at(5)]: { date: at(5), numerator: 4, denominator: 1, splitRatio: '4:1' },
        [at(1)]: { date: at(1), splitRatio: '1:10' },
      },
    }
    expect(answerOf(textOf([], {}, { events })).events).toEqual([
      { kind: 'dividend', time: at(0) * 1000, amount: 0.26, currency: null },
      { kind: 'split', time: at(1) * 1000, ratio: 0.1 },
      { kind: 'split', time: at(5) * 1000, ratio: 4 },
    ])
  })

  test.each([
    [{ splits: { a: { date: at(0), numerator: 0, denominator: 1 } } }],
    [{ splits: { a: { date: at(0), numerator: 1, denominator: 0 } } }],
    [{ splits: { a: { numerator: 4, denominator: 1 } } }],
    [{ dividends: { a: { date: at(0), amount: 0 } } }],
    [{ dividends: [] }],
    ['none'],
  ])('are none of what makes no sense: %j', (events) => {
    expect(answerOf(textOf([], {}, { events })).events).toEqual([])
  })
})

describe('what is no chart', () => {
  test.each([
    ['', 'it is not a chart'],
    ['<html>', 'it is not a chart'],
    ['{}', 'it is not a chart'],
    ['{"chart":[]}', 'it is not a chart'],
    ['{"chart":{"result":[]}}', 'it has no result'],
    ['{"chart":{"result":null,"error":{"code":"Bad","description":"Invalid input"}}}', 'Invalid input'],
    ['{"chart":{"result":[{"timestamp":[]}]}}', 'it does not say of which symbol it is'],
    [textOf([at(0)], {}), 'it has times without prices'],
    [textOf([at(0)], { ...same(5), low: undefined }), 'it has times without prices'],
  ])('is told in words: %s', (text, detail) => {
    expect(readChartAnswer(text)).toEqual({ kind: 'unusable', detail })
  })

  test('is an answer of more rows or sessions than any request asks for', () => {
    const many = Array.from({ length: 20_001 }, (_, i) => at(i))
    const detail = 'it has more than 20000 rows'
    expect(readChartAnswer(textOf(many, same()))).toEqual({ kind: 'unusable', detail })
    expect(readChartAnswer(textOf(many.slice(1), same())).kind).toBe('chart')
    const tradingPeriods = many.map((start) => [{ start, end: start + 60 }])
    expect(readChartAnswer(textOf([], {}, {}, { tradingPeriods }))).toEqual({
      kind: 'unusable',
      detail: 'it has more than 4000 sessions',
    })
  })

  test('is never a crash, whatever members are something else', () => {
    const rubbish = fc.jsonValue({ maxDepth: 3 })
    const chart = fc.record(
      {
        meta: fc.record({ tradingPeriods: rubbish, currency: rubbish }, { requiredKeys: [] }),
        timestamp: rubbish,
        events: fc.record({ splits: rubbish, dividends: rubbish }, { requiredKeys: [] }),
        indicators: fc.record({
          quote: fc.array(fc.record({ open: rubbish, high: rubbish, low: rubbish, close: rubbish })),
        }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(chart, (result) => {
        const reading = readChartAnswer(JSON.stringify({ chart: { result: [result] } }))
        expect(['chart', 'unusable']).toContain(reading.kind)
      }),
    )
  })
})
