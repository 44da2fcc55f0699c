// What the chart asks for and takes, whatever comes first.

import { beforeEach, describe, expect, test } from 'vitest'
import { epochMs } from '#runtime/units'
import type { BarRow } from '#services/web/api'
import { alertAt, answerOf, MINUTE, minuteBar, NOON } from '#support/web/chart/bars'
import { type Asked, PageByHand } from '#support/web/chart/page_by_hand'
import { BarFeed } from '../../../../../../../services/web/page/chart/feed/bar_feed.ts'
import { AskError } from '../../../../../../../services/web/page/page_context.ts'

const minutes = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => minuteBar(from + index))
const now = NOON + 2_000 * MINUTE

let page: PageByHand
let feed: BarFeed
let views: number

beforeEach(() => {
  page = new PageByHand(now)
  views = 0
  feed = new BarFeed(page, (isOther) => {
    if (isOther) views += 1
  })
})

const drawn = () => (feed.series?.drawn() ?? []).map(({ windowStart }) => (windowStart - NOON) / MINUTE)

/** Answers the next request as a server with these bars would. */
async function answer(bars: readonly BarRow[], asked: Asked = page.next()): Promise<Asked> {
  const { from, to, grain = '1m' } = asked.query
  await asked.answer(answerOf(bars, { grain: `${grain}`, from: Number(from), to: Number(to) }))
  return asked
}

const show = (symbol: string, grain: string | null = null) =>
  feed.show({ symbol, grain, moment: null, isRegularOnly: false })

describe('a view', () => {
  test('waits for the first word of the server, whose clock says what now is', async () => {
    page = new PageByHand(now, 'connecting')
    feed = new BarFeed(page, () => {})
    show('AAPL')
    await Promise.resolve()
    expect(page.waiting).toBe(0)
    page.setNow(now + MINUTE)
    page.connection.set('live')
    await new Promise((resolve) => setTimeout(resolve))
    expect(page.next().query.to).toBe(now + 6 * MINUTE)
  })

  test('begins with the newest bars, at the grain that the server finds', async () => {
    show('AAPL')
    expect(feed.state.kind).toBe('loading')
    const { query } = await answer(minutes(0, 2_000))
    expect(query).toEqual({ symbol: 'AAPL', from: now - 595 * MINUTE, to: now + 5 * MINUTE })
    expect(feed.state.kind).toBe('ready')
    expect(drawn().at(-1)).toBe(1_999)
    expect(feed.series?.isNow).toBe(true)
    expect(views).toBe(1)
  })

  test('of another symbol gives up what is under way', async () => {
    show('AAPL')
    const first = page.next()
    show('MSFT')
    expect(first.signal?.aborted).toBe(true)
    await answer(minutes(0, 10))
    await answer(minutes(1_990, 2_000), first)
    expect(feed.view?.symbol).toBe('MSFT')
  })

  test('of another symbol has nothing of the last one, not even for a moment', async () => {
    show('AAPL')
    await answer(minutes(1_990, 2_000))
    show('MSFT')
    expect(feed.series).toBeNull()
    page.say('bars', { symbol: 'AAPL', bars: [minuteBar(2_000)] })
    await answer(minutes(1_995, 1_999))
    expect(drawn()).toEqual([1_995, 1_996, 1_997, 1_998])
  })

  test('takes what came live while its first bars were on their way', async () => {
    show('AAPL')
    page.say('bars', { symbol: 'AAPL', bars: [minuteBar(2_000)] })
    page.say('forming', { symbol: 'AAPL', bar: minuteBar(2_001, { revision: -1 }) })
    await answer(minutes(1_990, 2_000))
    expect(drawn().slice(-3)).toEqual([1_999, 2_000, 2_001])
  })

  test('does not take a bar for forming that has closed before another view of the symbol', async () => {
    show('AAPL')
    await answer(minutes(1_990, 2_000))
    page.say('forming', { symbol: 'AAPL', bar: minuteBar(2_000, { revision: -1 }) })
    page.say('bars', { symbol: 'AAPL', bars: [minuteBar(2_000)] })
    show('AAPL', '5m')
    await answer(minutes(1_990, 2_001))
    expect(feed.series?.drawn().at(-1)?.count).toBe(4)
  })

  test('keeps the bars of its symbol until those of another grain are there', async () => {
    show('AAPL')
    await answer(minutes(1_990, 2_000))
    show('AAPL', '5m')
    expect(drawn()).toHaveLength(10)
    await answer(minutes(1_990, 2_000))
    expect(feed.series?.grain).toBe('5m')
    expect(drawn()).toEqual([1_990, 1_995])
  })

  test('of a symbol that was last quoted long ago finds its newest bars by coarse looks', async () => {
    const old = minutes(-80_000, -78_000)
    show('AAPL', '1m')
    await answer(old)
    const coarse = page.next()
    expect(coarse.query).toEqual({ symbol: 'AAPL', from: old[0]?.windowStart, to: now + 5 * MINUTE })
    const { from, to } = coarse.query as { from: number; to: number }
    await coarse.answer(answerOf(old, { grain: '1d', from: from - 86_400_000, to }))
    const finer = page.next()
    await finer.answer(answerOf(old, { grain: '5m', from: Number(finer.query.from), to: Number(finer.query.to) }))
    await answer(old)
    expect(drawn().at(-1)).toBe(-78_001)
    expect(feed.series?.isNow).toBe(true)
    expect(page.waiting).toBe(0)
  })

  test('of a symbol without any bar is empty, until the first one comes', async () => {
    show('NEW')
    await answer([])
    expect(feed.state.kind).toBe('empty')
    page.say('forming', { symbol: 'NEW', bar: minuteBar(2_000, { revision: -1 }) })
    expect(feed.state.kind).toBe('ready')
    expect(drawn()).toEqual([2_000])
  })

  test('around a moment does not reach now, and live bars wait', async () => {
    feed.show({ symbol: 'AAPL', grain: '1m', moment: NOON + 500 * MINUTE, isRegularOnly: false })
    await answer(minutes(0, 2_000))
    expect([drawn()[0], drawn().at(-1)]).toEqual([200, 799])
    page.say('bars', { symbol: 'AAPL', bars: [minuteBar(2_000)] })
    expect(drawn().at(-1)).toBe(799)
  })

  test('that fails says why, and comes when the connection is back', async () => {
    show('AAPL')
    await page.next().fail(new AskError(0, 'The server does not answer.'))
    expect(feed.state).toEqual({ kind: 'failed', message: 'The server does not answer.' })
    page.connection.set('lost')
    page.connection.set('live')
    await answer(minutes(1_990, 2_000))
    expect(feed.state.kind).toBe('ready')
  })
})

describe('a further stretch', () => {
  test('goes back to the first bar without a hole or a double', async () => {
    const bars = minutes(0, 1_900)
    show('AAPL', '1m')
    await answer(bars)
    while (feed.series?.isFromBeginning === false) {
      void feed.loadOlder()
      expect(feed.stretches.older).toBe('loading')
      await answer(bars)
    }
    expect(feed.stretches.older).toBe('idle')
    expect(drawn()).toEqual(bars.map((_, minute) => minute))
  })

  test('is asked for once, and again after it has failed', async () => {
    show('AAPL', '1m')
    await answer(minutes(0, 2_000))
    void feed.loadOlder()
    void feed.loadOlder()
    expect(page.waiting).toBe(1)
    await page.next().fail(new AskError(503, 'busy'))
    expect(feed.stretches.older).toBe('failed')
    feed.retryStretches()
    void feed.loadOlder()
    await answer(minutes(0, 2_000))
    expect(drawn()[0]).toBeLessThan(1_405)
  })

  test('of a view that is gone is not taken', async () => {
    show('AAPL', '1m')
    await answer(minutes(0, 2_000))
    void feed.loadOlder()
    const late = page.next()
    show('MSFT', '1m')
    await answer(minutes(1_990, 2_000))
    await answer(minutes(0, 2_000), late)
    expect(drawn()).toEqual(Array.from({ length: 10 }, (_, index) => 1_990 + index))
  })
})

describe('at a coarser grain', () => {
  test('the window of a closed minute is asked for, once for all that close meanwhile', async () => {
    show('AAPL', '5m')
    await answer(minutes(1_900, 2_000))
    page.say('bars', { symbol: 'AAPL', bars: [minuteBar(2_000)] })
    const first = page.next()
    expect(first.query).toMatchObject({ grain: '5m', from: NOON + 2_000 * MINUTE, to: NOON + 2_005 * MINUTE })
    page.say('bars', { symbol: 'AAPL', bars: [minuteBar(2_001)] })
    page.say('bars', { symbol: 'AAPL', bars: [minuteBar(2_002)] })
    expect(page.waiting).toBe(0)
    await answer(minutes(1_900, 2_001), first)
    await answer(minutes(1_900, 2_003))
    expect(page.waiting).toBe(0)
    expect(feed.series?.drawn().at(-1)?.count).toBe(12)
  })

  test('a window that could not be had is asked for again with the next minute', async () => {
    show('AAPL', '5m')
    await answer(minutes(1_900, 2_000))
    page.say('bars', { symbol: 'AAPL', bars: [minuteBar(2_000)] })
    await page.next().fail(new AskError(0, 'The server does not answer.'))
    expect(page.waiting).toBe(0)
    page.connection.set('lost')
    page.connection.set('live')
    await answer(minutes(1_900, 2_001))
    expect(feed.series?.drawn().at(-1)?.count).toBe(4)
  })
})

test('a window that fails while another falls behind is not forgotten', async () => {
  show('AAPL', '5m')
  await answer(minutes(1_900, 2_000))
  page.say('bars', { symbol: 'AAPL', bars: [minuteBar(1_990, { revision: 1, high: 500 })] })
  const failing = page.next()
  page.say('bars', { symbol: 'AAPL', bars: [minuteBar(2_000)] })
  await failing.fail(new AskError(0, 'The server does not answer.'))
  page.connection.set('lost')
  page.connection.set('live')
  expect(page.next().query).toMatchObject({ from: NOON + 1_990 * MINUTE, to: NOON + 2_005 * MINUTE })
})

describe('bars of history that land', () => {
  const touching = (from: number, to: number) => ({
    ...{ firstSymbol: 'A', lastSymbol: 'B', from: epochMs(NOON + from * MINUTE), to: epochMs(NOON + to * MINUTE) },
  })
  const landed = minuteBar(1_950, { origin: 'history', high: 900 })

  test('are asked for, and there without a reload', async () => {
    show('AAPL', '1m')
    await answer(minutes(1_990, 2_000))
    page.say('history', { historyVersion: 3, changes: [touching(1_950, 1_951)] })
    const asked = page.next()
    expect(asked.query).toMatchObject({ from: NOON + 1_949 * MINUTE, to: NOON + 1_952 * MINUTE })
    await answer([landed, ...minutes(1_990, 2_000)], asked)
    expect(drawn()).toEqual([1_950, 1_990, 1_991, 1_992, 1_993, 1_994, 1_995, 1_996, 1_997, 1_998, 1_999])
    expect(views).toBe(1)
  })

  test('are of no concern to other symbols', async () => {
    show('MSFT', '1m')
    await answer(minutes(1_990, 2_000))
    page.say('history', { historyVersion: 3, changes: [touching(1_950, 1_951)] })
    expect(page.waiting).toBe(0)
  })

  test('while an answer without them is on its way are asked for after it', async () => {
    show('AAPL', '1m')
    const early = page.next()
    page.say('history', { historyVersion: 3, changes: [touching(1_950, 1_951)] })
    await answer(minutes(1_990, 2_000), early)
    await answer([landed, ...minutes(1_990, 2_000)])
    expect(drawn()[0]).toBe(1_950)
  })

  test('are the first ones of a symbol that had none', async () => {
    show('AAPL', '1m')
    await answer([])
    expect(feed.state.kind).toBe('empty')
    page.say('history', { historyVersion: 3, changes: null })
    await answer([landed])
    expect(feed.state.kind).toBe('ready')
    expect(drawn()).toEqual([1_950])
  })

  test('while the connection was lost are asked for when it is back', async () => {
    show('AAPL', '1m')
    await answer(minutes(1_990, 2_000))
    page.say('hello', { build: 'b', sql: false, now: epochMs(now), historyVersion: null })
    expect(page.waiting).toBe(0)
    page.say('hello', { build: 'b', sql: false, now: epochMs(now), historyVersion: 8 })
    await answer([landed, ...minutes(1_990, 2_000)])
    expect(drawn()[0]).toBe(1_950)
    page.say('hello', { build: 'b', sql: false, now: epochMs(now), historyVersion: 8 })
    expect(page.waiting).toBe(0)
  })

  test('in more windows than an answer holds are asked for in turn, and what is in view stays', async () => {
    show('AAPL', '1m')
    await answer([minuteBar(-9_000), ...minutes(1_990, 2_000)])
    for (let stretch = 0; stretch < 3; stretch += 1) {
      const loading = feed.loadOlder()
      await answer([minuteBar(-9_000), ...minutes(1_990, 2_000)])
      await loading
    }
    page.say('history', { historyVersion: 3, changes: null })
    const asked: Asked[] = []
    while (page.waiting > 0) asked.push(await answer([minuteBar(-9_000), ...minutes(1_990, 2_000)]))
    expect(asked.length).toBeGreaterThan(1)
    for (const { query } of asked) expect(Number(query.to) - Number(query.from)).toBeLessThanOrEqual(1_920 * MINUTE)
    expect(views).toBe(1)
  })
})

test('of regular hours alone are asked for and taken those', async () => {
  feed.show({ symbol: 'AAPL', grain: '1m', moment: null, isRegularOnly: true })
  const { query } = await answer(minutes(1_990, 2_000))
  expect(query.hours).toBe('regular')
  page.say('bars', { symbol: 'AAPL', bars: [minuteBar(2_000, { session: 'post' }), minuteBar(2_001)] })
  page.say('forming', { symbol: 'AAPL', bar: minuteBar(2_002, { session: 'post', revision: -1 }) })
  expect(drawn().at(-1)).toBe(2_001)
})

test('alerts of the symbol are those of its stretches, and those that come', async () => {
  page.setAlerts([alertAt(1_950)])
  show('AAPL', '1m')
  await answer(minutes(1_900, 2_000))
  page.say('alerts', { alerts: [alertAt(1_999), alertAt(1_950), alertAt(1_998, { symbol: 'MSFT' })] })
  expect([...feed.alerts.all].map(({ id }) => id)).toEqual(['alert-1950', 'alert-1999'])
})

describe('alerts that could not be loaded', () => {
  beforeEach(async () => {
    page.setAlerts(new AskError(0, 'The server does not answer.'))
    show('AAPL', '1m')
    await answer(minutes(1_900, 2_000))
    expect(feed.alerts.known).toBe('failed')
    page.setAlerts([alertAt(1_950)])
  })

  test('are asked for again when the connection comes back', async () => {
    page.connection.set('lost')
    page.connection.set('live')
    await new Promise((resolve) => setTimeout(resolve))
    expect(feed.alerts.known).toBe('all')
    expect([...feed.alerts.all]).toHaveLength(1)
  })

  test('are no longer missing once another view of the symbol has them', async () => {
    feed.again()
    await answer(minutes(1_900, 2_000))
    expect(feed.alerts.known).toBe('all')
  })
})
