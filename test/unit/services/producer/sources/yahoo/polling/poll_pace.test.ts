import { describe, expect, test } from 'vitest'
import { openPollPace, type Round } from '#services/producer/sources/yahoo/polling/poll_pace'
import { YahooFailure } from '#services/producer/yahoo_fetch'
import { recordedLogger } from '../../../recorded_logger.ts'

const open: Round = { quotes: 5, allClosed: false, failure: null }
const closed: Round = { quotes: 5, allClosed: true, failure: null }
const failed = (retryAfterMs: number | null = null): Round => ({
  quotes: 0,
  allClosed: false,
  failure: new YahooFailure('503, to the quote request', { request: 'quote', status: 503, retryAfterMs }),
})

function paceWith(random: number, pollIntervalMs = 15_000) {
  const recorded = recordedLogger()
  return { pace: openPollPace({ pollIntervalMs, random: () => random, logger: recorded.logger }), ...recorded }
}

describe('the pause between polls', () => {
  test('is the interval, give or take a tenth', () => {
    expect(paceWith(0).pace.waitMsAfter(open)).toBe(13_500)
    expect(paceWith(0.5).pace.waitMsAfter(open)).toBe(15_000)
    expect(paceWith(1).pace.waitMsAfter(open)).toBe(16_500)
  })

  test('is a minute while all markets are closed, and says so once', () => {
    const { pace, texts } = paceWith(0.5)
    expect([open, closed, closed, open].map((round) => pace.waitMsAfter(round))).toEqual([
      15_000, 60_000, 60_000, 15_000,
    ])
    expect(texts()).toEqual([
      'all markets are closed: asking Yahoo every 60 s',
      'a market is open: asking Yahoo every 15 s',
    ])
  })

  test('is never shorter than the interval', () => {
    expect(paceWith(0.5, 300_000).pace.waitMsAfter(closed)).toBe(300_000)
  })

  test('doubles with each failure from 30 s up to 15 min, with full jitter, and begins anew after a success', () => {
    const highest = paceWith(1).pace
    expect(Array.from({ length: 7 }, () => highest.waitMsAfter(failed()))).toEqual([
      60_000, 120_000, 240_000, 480_000, 900_000, 900_000, 900_000,
    ])
    const lowest = paceWith(0).pace
    expect([lowest.waitMsAfter(failed()), lowest.waitMsAfter(failed())]).toEqual([30_000, 30_000])
    highest.waitMsAfter(open)
    expect(highest.waitMsAfter(failed())).toBe(60_000)
  })

  test('honours Retry-After where that is longer', () => {
    expect(paceWith(0).pace.waitMsAfter(failed(120_000))).toBe(120_000)
    expect(paceWith(0).pace.waitMsAfter(failed(1000))).toBe(30_000)
  })

  test('says what went wrong, and when it is over', () => {
    const { pace, texts } = paceWith(0)
    pace.waitMsAfter(failed())
    pace.waitMsAfter(open)
    expect(texts()).toEqual([
      'Yahoo gave no quotes: 503, to the quote request; trying again in 30 s',
      'Yahoo answers again',
    ])
  })
})
