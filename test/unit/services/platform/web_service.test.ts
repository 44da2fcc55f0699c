// The page beside services that must not suffer from it.

import { expect, test } from 'vitest'
import { sqlSettings } from '#lake/query_settings'
import type { EventLog } from '#log/event_log'
import { systemClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { silentLogger } from '#runtime/logger'
import { readAllSettings } from '#runtime/settings'
import type { EpochMs } from '#runtime/units'
import { barSettings } from '#services/bar_settings'
import { calendarSettings } from '#services/calendar_settings'
import { decoderSettings } from '#services/decoder_settings'
import type { ServiceContext, ServiceParts } from '#services/platform/service'
import { lakeSettings } from '#services/platform/settings'
import { webBeside } from '#services/platform/web_service'
import { webSettings } from '#services/web/config'

/** A store that does not answer, after so long: the page fails as soon as it begins. */
function failingPage({ port = '18080', afterMs = 0 } = {}) {
  const warnings: string[] = []
  let now = 0
  let attempts = 0
  const context = {
    settings: readAllSettings({ WEB_PORT: port }, [
      webSettings,
      lakeSettings,
      sqlSettings,
      barSettings,
      calendarSettings,
      decoderSettings,
    ]),
    clock: { ...systemClock, now: () => now as EpochMs, sleep: async () => {} },
    random: () => 0.5,
    logger: { ...silentLogger, warn: (message: string) => void warnings.push(message) },
    openStore: async () => {
      attempts++
      now += afterMs
      throw new PlatformError('STORE_UNREACHABLE', 'the store does not answer')
    },
  } as unknown as ServiceContext
  return { context, warnings, attempts: () => attempts }
}

const partsOf = (signal: AbortSignal): ServiceParts => ({ log: {} as EventLog, signal, health: undefined })

test('a page that cannot be served is said, tried a few times, and then done without', async () => {
  const { context, warnings, attempts } = failingPage()
  await webBeside(context)(partsOf(new AbortController().signal))
  expect(attempts()).toBe(10)
  expect(warnings).toHaveLength(10)
  expect(warnings[0]).toMatch(
    /^the page cannot be served: the store does not answer; all else goes on without it; it is/,
  )
  expect(warnings.at(-1)).toMatch(/all else goes on without it$/)
})

test('failures that lie far apart do not add up', async () => {
  const stopping = new AbortController()
  const { context, warnings, attempts } = failingPage({ afterMs: 11 * 60_000 })
  const sleep = async () => {
    if (attempts() === 25) stopping.abort()
  }
  await webBeside({ ...context, clock: { ...context.clock, sleep } })(partsOf(stopping.signal))
  expect([attempts(), warnings.length]).toEqual([25, 25])
})

test('without a port there is no page, and nothing is opened for it', async () => {
  const { context, attempts } = failingPage({ port: '0' })
  await webBeside(context)(partsOf(new AbortController().signal))
  expect(attempts()).toBe(0)
})
