// The picture in the README: the real page over a simulated morning, always the same one. TEST_PAGE_PICTURE=1 makes it
// anew; without that the test only sees that there is one, and that it is small.

import { readFileSync } from 'node:fs'
import { copyFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { REPLAYED_HEADER } from '#market/headers'
import { encodeQuote, type Quote } from '#market/quote'
import { PRICES_TOPIC } from '#market/topics'
import { type Clock, systemClock } from '#runtime/clock'
import { type EpochMs, HOUR_MS, MINUTE_MS } from '#runtime/units'
import { newMarket, simulatedMarket } from '#services/producer/sources/simulator/simulated_market'
import { marketOptions } from '#support/simulated_markets'
import { describeWithBrowser } from '#support/web/browser'
import { type ServedPlatform, servedPlatform } from '#support/web/served_platform'

const PICTURE = join(import.meta.dirname, '../../docs/page.png')
const BYTES_MAX = 300_000

/** A Monday, 11:00 in New York. */
const NOW = Date.UTC(2026, 10, 23, 16)
const PAST_MS = 3 * HOUR_MS
const SYMBOLS = 'AAPL AMZN DIS GOOGL INTC JPM KO META MSFT NFLX NVDA TSLA'.split(' ')
const QUOTES_PER_SECOND = 6
const SEED = 7

/** Quotes may be so far ahead of the log's clock, so the past is sent at once and yet not in the last minute. */
const AHEAD_MS = 55_000

/** Stands at a time when the test begins, goes on by itself, and can be moved on. */
function clockFrom(now: number): Clock & { moveOn(ms: number): void } {
  let zero = now - performance.now()
  return {
    ...systemClock,
    now: () => Math.trunc(zero + performance.now()) as EpochMs,
    moveOn(ms) {
      zero += ms
    },
  }
}

function market() {
  const options = marketOptions({ symbols: SYMBOLS, seed: SEED, quotesPerSecond: QUOTES_PER_SECOND })
  const begin = { startMs: NOW - PAST_MS, firstJumpMs: PAST_MS - 25 * MINUTE_MS }
  const { next } = simulatedMarket(options, newMarket(options, begin))
  // This one never closes.
  return { next: (at: EpochMs) => next(at) as Quote }
}

/** The quotes of the past, as a replay sends them; a few of them broken or late. */
async function sendPast({ log }: ServedPlatform, next: (at: EpochMs) => string): Promise<void> {
  const count = (PAST_MS / 1000) * QUOTES_PER_SECOND
  const stepMs = 1000 / QUOTES_PER_SECOND
  for (let from = 0; from < count; from += 5_000) {
    const values = Array.from({ length: Math.min(5_000, count - from) }, (_, i) => {
      const value = next(Math.trunc(NOW - PAST_MS + (from + i) * stepMs) as EpochMs)
      return (from + i) % 9_001 === 9_000 ? value.slice(0, 40) : value
    })
    await log.publish(values.map(replayed))
  }
  const late = next((NOW - 40 * MINUTE_MS) as EpochMs)
  await log.publish([replayed(late)])
}

function replayed(value: string) {
  const key = /"symbol":"(\w+)"/.exec(value)?.[1] ?? null
  return { topic: PRICES_TOPIC, key, value, headers: { [REPLAYED_HEADER]: '1' } }
}

describeWithBrowser('the picture of the page', (browser) => {
  test.runIf(process.env.TEST_PAGE_PICTURE === '1')(
    'is taken',
    async () => {
      const clock = clockFrom(NOW - AHEAD_MS)
      const platform = await servedPlatform({ clock })
      platform.startStream()
      platform.startWriter()
      const { next } = market()
      await sendPast(platform, (at) => encodeQuote(next(at)))
      clock.moveOn(AHEAD_MS)
      const sending = setInterval(() => platform.log.publish([replayed(encodeQuote(next(clock.now())))]), 170)
      try {
        const { page, problems, screenshot } = await browser.open(`${platform.url}#symbol=TSLA&tab=flow`)
        await expect.poll(() => page.locator('.badge').innerText(), { timeout: 30_000 }).toContain('Live')
        await expect.poll(() => page.locator('.stage').nth(4).innerText(), { timeout: 30_000 }).toContain('Keeps up')
        await page.waitForTimeout(10_000)
        await copyFile(await screenshot('page'), PICTURE)
        expect(problems).toEqual([])
      } finally {
        clearInterval(sending)
      }
    },
    120_000,
  )

  test('is there, and small', async () => {
    expect((await stat(PICTURE)).size).toBeLessThan(BYTES_MAX)
    expect(readFileSync(PICTURE).subarray(1, 4).toString()).toBe('PNG')
  })
})
