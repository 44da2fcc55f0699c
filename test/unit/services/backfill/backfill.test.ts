import { describe, expect, test } from 'vitest'
import type { Clock } from '#runtime/clock'
import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS } from '#runtime/units'
import { backfillStage, parsedBars, parsedDays, publishedHistory, stillClock } from '#support/backfill/backfill_stage'
import { recordedLogger } from '../producer/recorded_logger.ts'

const NOW = '2026-11-29T12:00:00Z'
const WISH = { symbols: ['AAPL', 'MSFT'], grain: '1m', from: '2026-11-16', to: '2026-11-27' } as const

describe('a backfill', () => {
  test('fetches bars, days and corporate actions, and says what it did', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    const summary = await stage.run(log, WISH)
    const { bars, days, actions } = await publishedHistory(log)
    expect(summary).toMatchObject({
      planned: 18,
      doneBefore: 0,
      beyondReach: 0,
      requests: 4,
      left: 0,
      bars: bars.length,
      days: { complete: 15, partial: 0, none: 3, no_session: 0 },
      corporateActions: 2,
      failed: [],
      end: { kind: 'done' },
    })
    expect(days).toHaveLength(18)
    expect(parsedDays(days).reduce((sum, day) => sum + day.bars, 0)).toBe(bars.length)
    expect(actions.map((action) => JSON.parse(action).kind)).toEqual(['dividend', 'split'])
    const thanksgivingWeek = parsedBars(bars).filter(({ tradeDate }) => tradeDate === '2026-11-27')
    // A half day of 210 minutes, of which some are without a trade, with its pre- and post-market.
    const regular = thanksgivingWeek.filter(({ session, symbol }) => session === 'regular' && symbol === 'AAPL')
    expect(regular.length).toBeGreaterThan(180)
    expect(regular.length).toBeLessThan(210)
  })

  test('asks for the newest days of all symbols first', async () => {
    const stage = await backfillStage(NOW)
    await stage.run(await stage.openLog(), WISH)
    const asked = stage.charts.asked.map(({ symbol, to }) => [symbol, new Date(to).toISOString().slice(0, 10)])
    expect(asked).toEqual([
      ['AAPL', '2026-11-28'],
      ['MSFT', '2026-11-28'],
      ['AAPL', '2026-11-21'],
      ['MSFT', '2026-11-21'],
    ])
  })

  test('asks nothing again', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    await stage.run(log, WISH)
    const before = await publishedHistory(log)
    const asked = stage.charts.asked.length
    expect(await stage.run(log, WISH)).toMatchObject({ planned: 0, doneBefore: 18, requests: 0, end: { kind: 'done' } })
    expect(stage.charts.asked).toHaveLength(asked)
    expect(await publishedHistory(log)).toEqual(before)
  })

  test('goes on where days were added to the wish, and publishes a corporate action once', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    await stage.run(log, { ...WISH, symbols: ['AAPL'], from: '2026-11-24' })
    expect(await stage.run(log, { ...WISH, symbols: ['AAPL'] })).toMatchObject({ planned: 6, doneBefore: 3 })
    const daily = await stage.run(log, { ...WISH, symbols: ['AAPL'], grain: '1d' })
    expect(daily).toMatchObject({ planned: 9, requests: 1, corporateActions: 0 })
    expect((await publishedHistory(log)).actions).toHaveLength(2)
  })

  test('fetches all again when it is told to', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    await stage.run(log, WISH)
    expect(await stage.run(log, WISH, { again: true })).toMatchObject({ planned: 18, requests: 4, corporateActions: 0 })
  })

  test.each(['5m', '1h', '1d'] as const)('fetches bars of %s', async (grain) => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    const summary = await stage.run(log, { ...WISH, symbols: ['AAPL'], grain })
    expect(summary).toMatchObject({ planned: 9, requests: 1, days: { complete: 9 }, failed: [] })
    const bars = parsedBars((await publishedHistory(log)).bars)
    expect(new Set(bars.map((bar) => bar.grain))).toEqual(new Set([grain]))
    const lengths = bars.map(({ windowStart, windowEnd }) => windowEnd - windowStart)
    expect(Math.max(...lengths)).toBe({ '5m': 5 * MINUTE_MS, '1h': HOUR_MS, '1d': 6.5 * HOUR_MS }[grain])
  })

  test('of a day that runs lands each minute once when it is final, and asks again only for more', async () => {
    const stage = await backfillStage('2026-11-30T16:00:20Z')
    const log = await stage.openLog()
    const wish = { ...WISH, symbols: ['AAPL'], from: '2026-11-30', to: '2026-11-30' }
    expect(await stage.run(log, wish)).toMatchObject({ days: { partial: 1 } })
    expect(await stage.run(log, wish)).toMatchObject({ requests: 0 })
    stage.now = (stage.now + 2 * HOUR_MS) as EpochMs
    expect(await stage.run(log, wish)).toMatchObject({ requests: 1, days: { partial: 1 } })
    stage.now = (stage.now + DAY_MS) as EpochMs
    expect(await stage.run(log, wish)).toMatchObject({ requests: 1, days: { complete: 1 } })
    expect(await stage.run(log, wish)).toMatchObject({ requests: 0 })
    const bars = parsedBars((await publishedHistory(log)).bars)
    const final = bars.filter(({ isFinal }) => isFinal).map(({ windowStart }) => windowStart)
    expect(new Set(final).size).toBe(final.length)
    expect(bars.length - final.length).toBeGreaterThan(0)
    expect(bars.length - final.length).toBeLessThanOrEqual(2 * 30)
    const whole = await backfillStage('2026-12-02T12:00:00Z')
    const other = await whole.openLog()
    await whole.run(other, wish)
    const once = parsedBars((await publishedHistory(other)).bars).map(({ windowStart }) => windowStart)
    expect(final.sort()).toEqual(once.sort())
  })
})

test('a day that runs is asked for up to the time of asking, however long ago that was planned', async () => {
  const stage = await backfillStage('2026-11-30T16:00:30Z')
  const log = await stage.openLog()
  const wish = { symbols: ['AAPL'], grain: '1m', from: '2026-11-30', to: '2026-11-30' } as const
  const onProgress = () => {
    stage.now = (stage.now + 2 * HOUR_MS) as EpochMs
  }
  await stage.run(log, wish, { onProgress })
  const [day] = parsedDays((await publishedHistory(log)).days)
  expect(new Date(day?.coveredUntil as number).toISOString()).toBe('2026-11-30T17:30:00.000Z')
  await stage.run(log, wish, { onProgress })
  const final = parsedBars((await publishedHistory(log)).bars).filter(({ isFinal }) => isFinal)
  expect(new Set(final.map(({ windowStart }) => windowStart)).size).toBe(final.length)
})

test('hours that begin at half past are landed once when they are final, while their day runs', async () => {
  const stage = await backfillStage('2026-11-30T16:05:00Z')
  const log = await stage.openLog()
  const wish = { symbols: ['AAPL'], grain: '1h', from: '2026-11-30', to: '2026-11-30' } as const
  for (let run = 0; run < 12; run++) {
    await stage.run(log, wish)
    stage.now = (stage.now + HOUR_MS) as EpochMs
  }
  const bars = parsedBars((await publishedHistory(log)).bars)
  const final = bars.filter(({ isFinal }) => isFinal).map(({ windowStart }) => windowStart)
  expect(new Set(final).size).toBe(final.length)
  expect(new Set(final)).toEqual(new Set(bars.map(({ windowStart }) => windowStart)))
})

describe('a source that fails', () => {
  test('is asked again, as late as it wishes, and nothing is missing', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    stage.server.failNext('chart', { kind: 'rate_limited', retryAfter: '30' })
    stage.server.failNext('chart', { kind: 'server_error' })
    stage.server.failNext('chart', { kind: 'cut' })
    const { logger, texts } = recordedLogger()
    expect(await stage.run(log, WISH, { logger })).toMatchObject({ requests: 4, left: 0, end: { kind: 'done' } })
    expect(texts()).toEqual([
      expect.stringMatching(/^no history of AAPL 1m 2026-11-23 to 2026-11-27: 429, .*; trying again in 30 s$/),
      expect.stringMatching(/503/),
      expect.stringMatching(/trying again/),
    ])
  })

  test('that wants a long rest gets it: the backfill ends, and the next one goes on', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    await stage.run(log, { ...WISH, symbols: ['MSFT'] })
    stage.server.failNext('chart', { kind: 'rate_limited', retryAfter: '600' })
    const summary = await stage.run(log, WISH)
    expect(summary).toMatchObject({ requests: 0, left: 2, end: { kind: 'refused', retryAfterMs: 600_000 } })
    expect(await stage.run(log, WISH)).toMatchObject({ requests: 2, left: 0, end: { kind: 'done' } })
  })

  test('again and again ends the backfill', async () => {
    const stage = await backfillStage(NOW)
    for (let i = 0; i < 4; i++) stage.server.failNext('chart', { kind: 'server_error' })
    const { end, left } = await stage.run(await stage.openLog(), WISH)
    expect([end.kind, left]).toEqual(['refused', 4])
    expect(stage.server.requests).toHaveLength(4)
  })

  test('for a symbol that it does not know is asked once for it, and for all others', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    const summary = await stage.run(log, { ...WISH, symbols: ['GONE', 'AAPL'] })
    expect(summary).toMatchObject({ requests: 3, left: 0, end: { kind: 'done' } })
    expect(summary.failed).toEqual([
      {
        request: 'GONE 1m 2026-11-23 to 2026-11-27',
        detail: '404 "No data found, symbol may be delisted", to the chart request',
      },
    ])
    expect(stage.charts.asked.filter(({ symbol }) => symbol === 'GONE')).toHaveLength(1)
  })

  test('with rubbish fails this request, and not the next', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    stage.server.failNext('chart', { kind: 'error_with_200', description: 'Too Many Requests' })
    const summary = await stage.run(log, WISH)
    expect(summary).toMatchObject({ requests: 4, failed: [{ request: 'AAPL 1m 2026-11-23 to 2026-11-27' }] })
    expect(await stage.run(log, WISH)).toMatchObject({ requests: 1, failed: [] })
  })

  test('with nothing but rubbish is left alone after some requests', async () => {
    const stage = await backfillStage(NOW)
    const symbols = Array.from({ length: 30 }, (_, i) => `S${i}`)
    for (let i = 0; i < 30; i++) stage.server.failNext('chart', { kind: 'error_with_200', description: 'no' })
    const summary = await stage.run(await stage.openLog(), { ...WISH, symbols })
    expect(summary).toMatchObject({ requests: 10, end: { kind: 'refused' } })
    expect(stage.server.requests).toHaveLength(10)
  })
})

test('requests keep their distance, but for the first ones when they may be eager', async () => {
  const stage = await backfillStage(NOW)
  const still = stillClock(() => stage.now)
  const waits: number[] = []
  const sleep: Clock['sleep'] = (ms, signal) => {
    if (ms === 1_500 || ms === 500) waits.push(ms)
    return still.sleep(ms, signal)
  }
  const eager = { requests: 2, intervalMs: 500 }
  await stage.run(await stage.openLog(), WISH, { intervalMs: 1_500, eager, clock: { ...still, sleep } })
  expect(waits).toEqual([500, 1_500, 1_500])
})

describe('a backfill that takes so long that days leave the reach of the source', () => {
  const wish = { symbols: ['BTC-USD'], grain: '1m', from: '2026-10-31', to: '2026-11-05' } as const

  test.each([
    [1, { requests: 1, beyondReach: 1, days: { complete: 5 } }],
    [30, { requests: 0, beyondReach: 6, days: { complete: 0 } }],
  ])('asks for those that are left after %d days', async (later, expected) => {
    const stage = await backfillStage(NOW)
    const onProgress = () => {
      stage.now = (stage.now + later * DAY_MS) as EpochMs
    }
    const summary = await stage.run(await stage.openLog(), wish, { onProgress })
    expect(summary).toMatchObject({ planned: 6, left: 0, failed: [], end: { kind: 'done' }, ...expected })
  })
})

describe('the end of a backfill', () => {
  test('comes between two requests when it is told to stop, and the next one goes on', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    const stop = new AbortController()
    const onProgress = ({ done }: { done: number }) => done === 2 && stop.abort()
    const summary = await stage.run(log, WISH, { signal: stop.signal, onProgress })
    expect(summary).toMatchObject({ requests: 2, left: 2, end: { kind: 'stopped' } })
    expect(await stage.run(log, WISH)).toMatchObject({ requests: 2, left: 0 })
  })

  test('comes at its limits', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    const limits = { requestsMax: 3, durationMaxMs: HOUR_MS }
    expect(await stage.run(log, WISH, { limits })).toMatchObject({ requests: 3, left: 1, end: { kind: 'limit' } })
    const none = { requestsMax: 3, durationMaxMs: 0 }
    expect(await stage.run(log, WISH, { limits: none })).toMatchObject({ requests: 0, left: 1, end: { kind: 'limit' } })
  })

  test('comes when another one has taken over, which goes on with the rest', async () => {
    const stage = await backfillStage(NOW)
    const [first, second] = [await stage.openLog(), await stage.openLog()]
    let later: Promise<unknown> | undefined
    // The later one begins between the first and the second request of the earlier one.
    const sleep = async () => {
      later ??= stage.run(second, WISH)
      await later
    }
    const still = stillClock(() => stage.now)
    const clock: Clock = { ...still, sleep: (ms, signal) => (ms === 77 ? sleep() : still.sleep(ms, signal)) }
    const earlier = stage.run(first, WISH, { intervalMs: 77, clock })
    await expect(earlier).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(/^another backfill has taken over, so this one stops/),
    })
    expect(await later).toMatchObject({ requests: 3, doneBefore: 4, end: { kind: 'done' } })
    const { bars } = await publishedHistory(first)
    expect(new Set(bars).size).toBe(bars.length)
  })
})
