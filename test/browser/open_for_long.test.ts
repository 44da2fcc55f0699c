// A page that is left open: its memory and its elements stay what they are, at 1,000 quotes a second over 1,000
// symbols. Short unless TEST_PAGE=full, which takes ten minutes.

import { setTimeout as pause } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { freePort } from '#support/services/reach'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'
import { describeWithBrowser } from '#support/web/browser'

const IS_FULL = process.env.TEST_PAGE === 'full'
const LOOKS = IS_FULL ? 20 : 4
const LOOK_EVERY_MS = IS_FULL ? 30_000 : 8_000
/** Caches fill at first. */
const LOOKS_TO_BEGIN = IS_FULL ? 4 : 1

const COUNTS_A_LOOK = 3

/** The chart keeps its bars, and the list its alerts, up to their limits. */
const GROWTH_MAX_MB = 4
const HEAP_MAX_MB = 60
const ELEMENTS_MAX = 12_000

const SYMBOLS = Array.from({ length: 1_000 }, (_, index) => `S${`${index}`.padStart(3, '0')}`)

interface Held {
  readonly heapMb: number
  readonly elements: number
}

/** What the page holds: the least of each in some counts, since whatever it holds is in all of them. */
async function held(page: Page): Promise<Held> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const counts: Held[] = []
  for (let count = 0; count < COUNTS_A_LOOK; count++) counts.push(await heldAndNew(session))
  await session.detach()
  return {
    heapMb: Math.min(...counts.map(({ heapMb }) => heapMb)),
    elements: Math.min(...counts.map(({ elements }) => elements)),
  }
}

/**
 * What the page holds after its garbage was collected, and garbage that is new: the page goes on between the two
 * requests, for long when the machine holds this process up. Sent together the second may be answered first.
 */
async function heldAndNew(session: CDPSession): Promise<Held> {
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  const metric = (name: string) => metrics.find((one) => one.name === name)?.value ?? Number.NaN
  return { heapMb: metric('JSHeapUsedSize') / 1024 ** 2, elements: metric('Nodes') }
}

describeWithBrowser('a page that is left open', (browser) => {
  test(
    'holds no more after a while than before, at 1,000 quotes a second',
    async () => {
      const port = await freePort()
      const running = startTickerlake(['start'], {
        DATA_DIR: temporaryFolder(),
        WEB_PORT: `${port}`,
        SYMBOLS: SYMBOLS.join(),
        SIMULATOR_RATE: '1000',
      })
      await running.waitForLine(/the page is at http/, 60_000)
      const { page, problems } = await browser.open(`http://127.0.0.1:${port}`)
      await page.locator('.panel-count', { hasText: '1,000' }).waitFor({ timeout: 60_000 })

      const looks: Held[] = []
      for (let look = 0; look < LOOKS; look++) {
        await pause(LOOK_EVERY_MS)
        looks.push(await held(page))
      }
      const begun = looks.slice(LOOKS_TO_BEGIN)
      const [first, last] = [begun[0] as Held, begun.at(-1) as Held]
      expect(last.heapMb - first.heapMb, JSON.stringify(looks)).toBeLessThan(GROWTH_MAX_MB)
      expect(Math.max(...looks.map(({ heapMb }) => heapMb))).toBeLessThan(HEAP_MAX_MB)
      expect(Math.max(...looks.map(({ elements }) => elements))).toBeLessThan(ELEMENTS_MAX)
      if (IS_FULL) process.stderr.write(`${looks.map(({ heapMb }) => heapMb.toFixed(1)).join(' ')} MB\n`)
      // It has kept up: what is shown is of now, but for a moment in which the machine has other things to do.
      await expect.poll(() => page.locator('.badge-label').textContent(), { timeout: 60_000 }).toBe('Live')
      expect(problems).toEqual([])
    },
    LOOKS * LOOK_EVERY_MS + 180_000,
  )
})
