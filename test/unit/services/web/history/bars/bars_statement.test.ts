// The bars of a table and of its topic, as one answer, against a merge by hand; and against the views of sql/views.sql.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseViews } from '#lake/views'
import type { ReadRow } from '#lake-sql/reader/lake_reader'
import type { EpochMs } from '#runtime/units'
import type { BarRow } from '#services/web/api'
import { wholeWindows } from '#services/web/history/bars/bars_selection'
import { barOf, barsSql } from '#services/web/history/bars/bars_statement'
import { grainsOf } from '#services/web/history/bars/grain'
import { fillBars, fillHistory, type HistoryRow, openTables, SYMBOL } from './given_bars.ts'
import { merged } from './merged_bars.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 10, 20, 23, 30)

const FACTS = {
  table: 'bars_1m',
  hasSessions: true,
  hasVolumeSince: true,
  barIntervalMs: MINUTE,
  history: [],
  isRegularOnly: false,
} as const

let tables: Awaited<ReturnType<typeof openTables>>
beforeAll(async () => {
  tables = await openTables()
})
afterAll(() => tables.close())

/** A bar of the topic: by its minute, and which of its revisions it is. */
function barAt(minute: number, revision: number): BarRow {
  const windowStart = (START + minute * MINUTE) as EpochMs
  const price = 100 + Math.sin(minute) + revision / 8 + 0.1
  const known = minute % 3 !== 1
  return {
    windowStart,
    windowEnd: (windowStart + MINUTE) as EpochMs,
    open: price,
    high: price + 2 + revision,
    low: price - 3,
    close: price + 1 / 3,
    average: price + 0.01,
    vwap: known && minute % 5 !== 0 ? price + 0.02 : null,
    volume: known ? (minute % 5) * 1000 : null,
    count: 1 + ((minute * 7) % 60),
    revision,
    complete: minute % 11 !== 0,
    origin: 'live',
    session: 'regular',
    tradeDate: new Date(windowStart).toISOString().slice(0, 10),
  }
}

/** Of sizes none; else within a minute before, as long before as a minute, or longer before. */
const sinceOf = ({ windowStart }: BarRow, minute: number) =>
  minute % 4 === 0 ? null : ((windowStart - MINUTE + 1 - (minute % 3)) as EpochMs)

/** Days are those of a calendar, and made elsewhere. */
const VIEWS = ['bars', 'bars_5m', 'bars_15m', 'bars_1h', 'history', 'bars_all']

async function createViews(): Promise<void> {
  const views = parseViews(readFileSync(new URL('../../../../../../sql/views.sql', import.meta.url), 'utf8'))
  for (const { name, query } of views.filter((view) => VIEWS.includes(view.name))) {
    await tables.connection.run(`CREATE OR REPLACE VIEW ${name} AS ${query}`)
  }
}

const fill = (bars: readonly BarRow[]) => fillBars(tables.connection, bars)

async function rowsOf(sql: string): Promise<BarRow[]> {
  return (await tables.connection.runAndReadAll(sql)).getRows().map((row) => barOf(row as ReadRow))
}

/** Sums of doubles differ in their last digits by the order of adding. */
function expectSame(found: readonly BarRow[], expected: readonly BarRow[]): void {
  const near = (bar: BarRow) => ({ ...bar, average: nearOrNull(bar.average), vwap: nearOrNull(bar.vwap) })
  expect(found).toEqual(expected.map(near))
}

function nearOrNull(value: number | null): unknown {
  return value === null ? null : expect.closeTo(value, 9)
}

/** Bars as they come from the topic: each minute's revisions in order, minutes left out, and where the table stands. */
const topicOf = fc.record({
  emitted: fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 120 }),
  taken: fc.double({ min: 0, max: 1, noNaN: true }),
  overlap: fc.integer({ min: 0, max: 5 }),
  from: fc.integer({ min: -10, max: 60 }),
  minutes: fc.integer({ min: 1, max: 120 }),
  grain: fc.constantFrom(...grainsOf(MINUTE).slice(0, -1)),
})

describe('the bars of an answer', () => {
  test('are those of a merge by hand, wherever the table stands, and whatever both sides hold', async () => {
    await fc.assert(
      fc.asyncProperty(topicOf, async ({ emitted, taken, overlap, from, minutes, grain }) => {
        const revisions = new Map<number, number>()
        const topic = emitted.map((minute) => {
          const revision = revisions.get(minute) ?? 0
          revisions.set(minute, revision + 1)
          return barAt(minute, revision)
        })
        const next = Math.floor(taken * topic.length)
        await fill(topic.slice(0, next))
        const live = topic.slice(Math.max(0, next - overlap))
        const asked = { from: START + from * MINUTE, to: START + (from + minutes) * MINUTE }
        const range = wholeWindows(asked, grain.ms)
        const facts = { ...FACTS, symbol: SYMBOL }
        const found = await rowsOf(barsSql({ ...facts, range, grainMs: grain.ms, live }))
        expectSame(found, merged(topic, asked, grain.ms))
      }),
      { numRuns: 150 },
    )
  })

  test('are to the last bit what the table and the topic have, at the own grain', async () => {
    const bars = [0, 1, 2, 3].map((minute) => barAt(minute, 0))
    await fill(bars.slice(0, 2))
    const selection = { ...FACTS, symbol: SYMBOL, grainMs: MINUTE }
    const range = { from: START, to: START + 60 * MINUTE }
    expect(await rowsOf(barsSql({ ...selection, range, live: bars.slice(1) }))).toEqual(bars)
    expect(await rowsOf(barsSql({ ...selection, symbol: 'OTHER', range, live: [] }))).toEqual([])
  })

  test('are what the views give', async () => {
    const bars = Array.from({ length: 200 }, (_, i) => barAt((i * 13) % 170, i < 170 ? 0 : 1))
    await fill(bars)
    await createViews()
    const range = { from: START - 24 * 60 * MINUTE, to: START + 24 * 60 * MINUTE }
    for (const { name, ms } of grainsOf(MINUTE).slice(1, -1)) {
      const columns = `epoch_ms(window_start)::DOUBLE, epoch_ms(window_end)::DOUBLE, open, high, low, close, average,
        vwap, volume, "count"::DOUBLE, 0::DOUBLE, complete, 'live', 'regular',
        (window_start::DATE - DATE '1970-01-01')::DOUBLE`
      const viewed = await rowsOf(`SELECT ${columns} FROM bars_${name} ORDER BY window_start`)
      const facts = { ...FACTS, symbol: SYMBOL, grainMs: ms, live: [] }
      const found = await rowsOf(barsSql({ ...facts, range: wholeWindows(range, ms) }))
      expectSame(
        found.map((bar) => ({ ...bar, revision: 0 })),
        viewed,
      )
    }
  })

  test('with history are those of bars_all, minute by minute', async () => {
    const minutes = Array.from({ length: 150 }, (_, i) => (i * 13) % 170)
    await fill(minutes.map((minute) => ({ ...barAt(minute, 0), volumeSince: sinceOf(barAt(minute, 0), minute) })))
    const history = Array.from({ length: 120 }, (_, i): HistoryRow => {
      const windowStart = (START + ((i * 7) % 190) * MINUTE) as EpochMs
      const tradeDate = new Date(windowStart).toISOString().slice(0, 10)
      const windowEnd = (windowStart + MINUTE) as EpochMs
      return {
        grain: '1m',
        windowStart,
        windowEnd,
        tradeDate,
        close: 1 + i / 100,
        isFinal: i % 3 > 0,
        volume: i % 6 ? 5 : null,
      }
    })
    await fillHistory(tables.connection, history)
    await createViews()
    const columns = `epoch_ms(window_start)::DOUBLE, epoch_ms(window_end)::DOUBLE, open, high, low, close, average,
      vwap, volume, "count"::DOUBLE, 0::DOUBLE, complete, origin, session, (trade_date - DATE '1970-01-01')::DOUBLE`
    const viewed = await rowsOf(`SELECT ${columns} FROM bars_all ORDER BY window_start`)
    const range = { from: START - 60 * MINUTE, to: START + 300 * MINUTE }
    const selection = { ...FACTS, symbol: SYMBOL, grainMs: MINUTE, live: [], history: ['1m'] as const, range }
    const found = await rowsOf(barsSql(selection))
    expect(new Set(found.map(({ origin }) => origin))).toEqual(new Set(['live', 'history']))
    expect(found.map((bar) => ({ ...bar, revision: 0 }))).toEqual(viewed)
    const filled = found.filter(({ origin, volume }) => origin === 'live' && volume === 5)
    expect(filled.length).toBeGreaterThan(3)
    expect(filled.filter(({ vwap }) => vwap !== null)).toEqual([])
  })
})
