// Answers for bars over a real log, with a real writer landing them in the table meanwhile.

import { describe, expect, test } from 'vitest'
import { loadSnapshot } from '#delta/snapshot'
import { executeVacuum, planVacuum } from '#delta/vacuum'
import type { HistoryBar } from '#market/history/history_bar'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { openMemoryStore } from '#object-store/memory_store'
import { type ObjectStore, within } from '#object-store/object_store'
import { systemClock, virtualClock } from '#runtime/clock'
import { epochMs } from '#runtime/units'
import { barsRoute } from '#services/web/history/bars/bars_route'
import { PIN_AGE_MS_MAX } from '#services/web/history/limits'
import { compactGroups, planTable } from '#services/writer/compact_small_files'
import { testContext } from '#support/delta/delta_table'
import { historyBar } from '#support/lake/history_records'
import { temporaryFolder } from '#support/temporary_folder'
import { barOfSymbol, openBarsRig, type SymbolBar } from './bars_rig.ts'
import { merged } from './merged_bars.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 10, 20, 22, 0)
const DAY = 24 * 60 * MINUTE
const WRITER = { flushIntervalMs: 50, flushRows: 1000, flushBytes: 1024 * 1024 }
const COMPACTION = { filesMin: 3, fileAgeMinMs: 0, targetBytes: 1024 * 1024 }

type Rig = Awaited<ReturnType<typeof openBarsRig>>

/** Asks for all bars of the symbol at the grain, and holds the answer to what was published. */
async function expectAnswer(
  rig: Rig,
  published: readonly SymbolBar[],
  ask: { symbol: string; grain: string; ms: number },
) {
  const { symbol, grain, ms } = ask
  const range = { from: START - DAY, to: START + 9 * 60 * MINUTE }
  const answer = await rig.answer(
    `symbol=${encodeURIComponent(symbol)}&from=${range.from}&to=${range.to}&grain=${grain}`,
  )
  const bars = published.filter((bar) => bar.symbol === symbol).map(({ symbol: _, ...row }) => row)
  const earliest = bars.length === 0 ? null : Math.min(...bars.map((bar) => bar.windowStart))
  expect(answer).toMatchObject({ symbol, grain, ...range, earliest })
  expect(answer.bars).toEqual(merged(bars, range, ms))
}

const GRAINS = [
  { grain: '1m', ms: MINUTE },
  { grain: '15m', ms: 15 * MINUTE },
  { grain: '1d', ms: DAY },
]

describe('while a writer lands the bars and merges its files', () => {
  test('no bar is missing and none comes twice, late ones and revisions included, at any grain', async () => {
    const folder = temporaryFolder()
    const lake = openFilesystemStore({ root: folder })
    const rig = await openBarsRig({ lake })
    const writer = rig.startWriter({ ...WRITER, compaction: COMPACTION })
    const published: SymbolBar[] = []
    for (let round = 0; round < 24; round++) {
      const bars = ['A', 'B', `O'H"`].flatMap((symbol) => {
        const next = [0, 1, 2].map((i) => barOfSymbol(symbol, { start: START, index: round * 5 + i }))
        const late = round > 3 ? [barOfSymbol(symbol, { start: START, index: (round - 3) * 5 + 4 })] : []
        const revised = round > 1 ? [barOfSymbol(symbol, { start: START, index: (round - 2) * 5, revision: 1 })] : []
        return [...next, ...late, ...revised]
      })
      await rig.publish(bars)
      published.push(...bars)
      const symbol = ['A', 'B', `O'H"`][round % 3] as string
      for (const each of GRAINS) await expectAnswer(rig, published, { symbol, ...each })
    }
    await writer.stop()
    const snapshot = await loadSnapshot(within(lake, 'bars_1m'))
    expect(snapshot?.tombstones.size).toBeGreaterThan(0)
  })
})

/** Merges all small files of the bars, and deletes at once what no version needs any more. */
async function compactAndVacuum(lake: ObjectStore): Promise<void> {
  const store = within(lake, 'bars_1m')
  const snapshot = await loadSnapshot(store)
  if (snapshot === undefined) throw new Error('there is no table')
  const target = { name: 'bars_1m', store, context: testContext('compact', systemClock) }
  const groups = planTable(target, snapshot, { targetBytes: 1024 * 1024, filesMin: 2 })
  for await (const { outcome } of compactGroups(target, { snapshot, groups })) expect(outcome.kind).toBe('merged')
  await systemClock.sleep(20)
  const plan = await planVacuum(store, { now: epochMs(systemClock.now() + 1), retentionMs: 0, force: true })
  if (plan === undefined || plan.files.length === 0) throw new Error('there is nothing to vacuum')
  await executeVacuum(store, plan)
}

/** Publishes so many bars of a symbol, and lands them in as many commits as rounds. */
async function land(rig: Rig, { rounds, bars = 4, ms = MINUTE }: { rounds: number; bars?: number; ms?: number }) {
  const published: SymbolBar[] = []
  for (let round = 0; round < rounds; round++) {
    const index = (i: number) => round * bars + i
    const next = Array.from({ length: bars }, (_, i) => barOfSymbol('A', { start: START, index: index(i), ms }))
    await rig.publish(next)
    published.push(...next)
    await rig.startWriter(WRITER, true).ended
  }
  return published
}

describe('the version that an answer is read of', () => {
  test('may lose its files to a vacuum: a newer one is read', async () => {
    const lake = openFilesystemStore({ root: temporaryFolder() })
    const rig = await openBarsRig({ lake, clock: virtualClock(0) })
    const published = await land(rig, { rounds: 3 })
    await rig.pin()
    await compactAndVacuum(lake)
    await expectAnswer(rig, published, { symbol: 'A', grain: '1m', ms: MINUTE })
  })

  test('may be of a table that was made anew', async () => {
    const lake = openMemoryStore()
    const clock = virtualClock(0)
    const rig = await openBarsRig({ lake, clock })
    const published = await land(rig, { rounds: 2 })
    await expectAnswer(rig, published, { symbol: 'A', grain: '1m', ms: MINUTE })
    const keys: string[] = []
    for await (const { key } of lake.list('bars_1m/')) keys.push(key)
    for (const key of keys) await lake.delete(key)
    // What was in it is in the topic still, and all of it is live.
    await clock.advance(PIN_AGE_MS_MAX)
    await expectAnswer(rig, published, { symbol: 'A', grain: '1m', ms: MINUTE })
  })

  test('may be so old that the live bars have moved on: then a newer one is looked for, or it is said', async () => {
    const rig = await openBarsRig({ lake: openMemoryStore(), keptMax: 10, clock: virtualClock(0) })
    const published = await land(rig, { rounds: 2 })
    await expectAnswer(rig, published, { symbol: 'A', grain: '1m', ms: MINUTE })
    const more = Array.from({ length: 12 }, (_, i) => barOfSymbol('A', { start: START, index: 8 + i }))
    await rig.publish(more)
    await expect(rig.answer(`symbol=A&from=${START}&to=${START + DAY}`)).rejects.toMatchObject({
      status: 503,
      code: 'TABLE_BEHIND',
      message: expect.stringContaining('2 records'),
    })
    await rig.startWriter(WRITER, true).ended
    await expectAnswer(rig, [...published, ...more], { symbol: 'A', grain: '1m', ms: MINUTE })
  })
})

describe('a lake', () => {
  test('without any table has what the topic has, or nothing', async () => {
    const rig = await openBarsRig({ lake: openMemoryStore() })
    await expectAnswer(rig, [], { symbol: 'A', grain: '1m', ms: MINUTE })
    const bars = [0, 1, 20].map((index) => barOfSymbol('A', { start: START, index }))
    await rig.publish(bars)
    for (const each of GRAINS) await expectAnswer(rig, bars, { symbol: 'A', ...each })
    await expectAnswer(rig, bars, { symbol: '<b>', grain: '15m', ms: 15 * MINUTE })
  })

  test.each([
    [10_000, [{ grain: '1m', ms: MINUTE }]],
    [5 * MINUTE, [{ grain: '5m', ms: 5 * MINUTE }]],
  ])('with bars of %i ms answers with them, and with longer ones', async (barIntervalMs, own) => {
    const rig = await openBarsRig({ lake: openMemoryStore(), barIntervalMs })
    const landed = await land(rig, { rounds: 3, bars: 20, ms: barIntervalMs })
    const live = Array.from({ length: 20 }, (_, i) => {
      return barOfSymbol('A', { start: START, index: 50 + i, ms: barIntervalMs, revision: i < 10 ? 1 : 0 })
    })
    await rig.publish(live)
    const bars = [...landed, ...live]
    for (const each of [...own, ...GRAINS.slice(1)]) await expectAnswer(rig, bars, { symbol: 'A', ...each })
  })
})

describe('history', () => {
  const minute = (index: number, fields: Partial<HistoryBar> = {}) => {
    const windowStart = epochMs(START + index * MINUTE)
    const day = { tradeDate: new Date(windowStart).toISOString().slice(0, 10), session: 'regular' } as const
    return historyBar({ symbol: 'A', windowStart, windowEnd: epochMs(windowStart + MINUTE), ...day, ...fields })
  }
  const ask = (rig: Rig, grain = '1m') =>
    rig.answer(`symbol=A&from=${START - DAY / 2}&to=${START + DAY / 2}&grain=${grain}`)
  const told = async (rig: Rig, grain = '1m') =>
    (await ask(rig, grain)).bars.map(({ windowStart, origin }) => `${(windowStart - START) / MINUTE} ${origin}`)

  test('that lands fills in what was not seen live, and earlier times are there to page back to', async () => {
    const rig = await openBarsRig({ lake: openMemoryStore(), clock: virtualClock(0) })
    await rig.publish([1, 2, 5].map((index) => ({ ...barOfSymbol('A', { start: START, index }), complete: index > 1 })))
    expect(await ask(rig)).toMatchObject({ earliest: START + MINUTE, historyVersion: null, zone: 'UTC' })
    await rig.publishHistory([-60, 0, 1, 2, 3].map((index) => minute(index)))
    await rig.tables.history.version(0)
    expect(await told(rig)).toEqual(['-60 history', '0 history', '1 history', '2 live', '3 history', '5 live'])
    expect(await ask(rig)).toMatchObject({ earliest: START - 60 * MINUTE, historyVersion: expect.any(Number) })
    expect(await told(rig, '1h')).toEqual(['-60 history', '0 both'])
  })

  test('has the volume of a minute whose own reaches further back, in the topic and in the table', async () => {
    const rig = await openBarsRig({ lake: openMemoryStore(), clock: virtualClock(0) })
    await rig.publishHistory([minute(3, { volume: 7 })])
    const back = { ...barOfSymbol('A', { start: START, index: 3 }), volume: 900, volumeSince: epochMs(START) }
    await rig.publish([back])
    const { symbol: _, volumeSince: __, ...bar } = back
    expect((await ask(rig)).bars).toEqual([{ ...bar, volume: 7, vwap: null }])
    await rig.startWriter(WRITER, true).ended
    await rig.pin()
    expect((await ask(rig)).bars).toEqual([{ ...bar, volume: 7, vwap: null }])
  })

  test('of days alone is what a chart of days shows, and none of minutes', async () => {
    const rig = await openBarsRig({ lake: openMemoryStore() })
    const first = Date.UTC(2026, 9, 1, 14, 30)
    const days = Array.from({ length: 40 }, (_, i) => {
      const windowStart = epochMs(first + i * DAY)
      const tradeDate = new Date(windowStart).toISOString().slice(0, 10)
      return minute(0, { grain: '1d', windowStart, windowEnd: epochMs(windowStart + 6.5 * 3_600_000), tradeDate })
    })
    await rig.publishHistory(days)
    const range = `from=${first - DAY}&to=${first + 60 * DAY}`
    const answer = await rig.answer(`symbol=A&grain=1d&${range}`)
    expect(answer.bars.map(({ tradeDate }) => tradeDate)).toEqual(days.map(({ tradeDate }) => tradeDate))
    expect(answer.earliest).toBe(first)
    expect(await ask(rig)).toMatchObject({ bars: [], earliest: null })
  })

  test('of another symbol, or of another grain, is none of the answer', async () => {
    const rig = await openBarsRig({ lake: openMemoryStore() })
    await rig.publishHistory([minute(0, { symbol: 'B' }), minute(5, { grain: '5m' })])
    expect(await ask(rig)).toMatchObject({ bars: [], earliest: null })
    expect(await told(rig, '5m')).toEqual(['5 history'])
  })
})

test('equal questions at the same time are read once, and a client that leaves ends nothing for others', async () => {
  const rig = await openBarsRig({ lake: openMemoryStore() })
  await land(rig, { rounds: 2 })
  const query = `symbol=A&from=${START}&to=${START + DAY}`
  const [first, second] = await Promise.all([rig.answer(query), rig.answer(query)])
  expect(second).toBe(first)
  const leaving = new AbortController()
  const left = rig.answer(query, leaving.signal)
  const staying = rig.answer(query)
  leaving.abort()
  await expect(left).rejects.toMatchObject({ code: 'STOPPED' })
  expect(await staying).toEqual(first)
})

test('the route answers with JSON, and refuses what it cannot answer', async () => {
  const rig = await openBarsRig({ lake: openMemoryStore() })
  const bars = [0, 1].map((index) => barOfSymbol('<b>', { start: START, index }))
  await rig.publish(bars)
  const route = barsRoute(rig.bars, { barIntervalMs: MINUTE, clock: virtualClock(START + DAY) })
  const response = await route(new Request('http://127.0.0.1/api/bars?symbol=%3Cb%3E'))
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  expect(await response.json()).toMatchObject({ symbol: '<b>', grain: '1m', to: START + DAY, bars: [{}, {}] })
  await expect(route(new Request('http://127.0.0.1/api/bars?symbol=A&grain=7m'))).rejects.toMatchObject({ status: 400 })
})
