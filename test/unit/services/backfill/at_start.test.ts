import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import { systemClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { silentLogger } from '#runtime/logger'
import { readAllSettings } from '#runtime/settings'
import { type AtStartParts, fillLastDays } from '#services/backfill/at_start'
import { backfillSettings } from '#services/backfill/config'
import { AT_START_LOOK_MS, AT_START_WAIT_MAX_MS } from '#services/backfill/limits'
import { calendarSettings } from '#services/calendar_settings'
import {
  type BackfillStage,
  backfillStage,
  parsedDays,
  publishedHistory,
  stillClock,
} from '#support/backfill/backfill_stage'
import { temporaryFolder } from '#support/temporary_folder'
import { recordedLogger } from '../producer/recorded_logger.ts'

const NOW = '2026-11-29T12:00:00Z'

/** Fills at a start; resolves to what was said. */
async function fill(
  stage: BackfillStage,
  { symbols = 'AAPL,BTC-USD', ...parts }: Partial<AtStartParts> & { symbols?: string; log: EventLog },
): Promise<string[]> {
  const env = { SYMBOLS: symbols, YAHOO_BASE_URL: stage.server.url, BACKFILL_INTERVAL_MS: '0' }
  const { logger, texts } = recordedLogger()
  const settings = readAllSettings(env, [backfillSettings, calendarSettings])
  const context = { settings, clock: stillClock(() => stage.now), random: () => 0.5, newId: randomUUID, logger }
  await fillLastDays(context, { signal: new AbortController().signal, hasQuotes: () => true, ...parts })
  return texts()
}

describe('the filling at a start', () => {
  test('is of the newest trading day that has begun and the one before, by each market', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    expect(await fill(stage, { log })).toEqual([
      'filling the last trading days of 2 symbols with minutes from Yahoo, 2 requests, about 1 s; ' +
        'BACKFILL_AT_START=false leaves it out',
      expect.stringMatching(/^the last trading days: 3,\d{3} bars of history in 2 requests$/),
    ])
    const days = parsedDays((await publishedHistory(log)).days)
    expect(days.map(({ symbol, tradeDate, state }) => [symbol, tradeDate, state])).toEqual([
      ['AAPL', '2026-11-25', 'complete'],
      ['AAPL', '2026-11-27', 'complete'],
      ['BTC-USD', '2026-11-28', 'complete'],
      ['BTC-USD', '2026-11-29', 'partial'],
    ])
  })

  test('says and asks nothing when all is done', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    await fill(stage, { log })
    expect(await fill(stage, { log })).toEqual([])
    expect(stage.charts.asked).toHaveLength(2)
  })

  test('waits for the first quotes, and not for ever', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    let looks = 0
    const hasQuotes = () => {
      expect(stage.charts.asked).toHaveLength(0)
      looks++
      return looks > 3
    }
    await fill(stage, { log, hasQuotes })
    expect(looks).toBe(4)
    let waits = 0
    const never = () => {
      waits++
      stage.now = (stage.now + AT_START_LOOK_MS) as typeof stage.now
      return false
    }
    await fill(stage, { log, symbols: 'MSFT', hasQuotes: never })
    expect(waits).toBeLessThanOrEqual(AT_START_WAIT_MAX_MS / AT_START_LOOK_MS + 1)
    expect(stage.charts.asked.map(({ symbol }) => symbol)).toContain('MSFT')
  })

  test('ends with the producer, before it has begun or in the middle', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    const stop = new AbortController()
    const hasQuotes = () => {
      stop.abort()
      return false
    }
    expect(await fill(stage, { log, signal: stop.signal, hasQuotes })).toEqual([])
    expect(stage.charts.asked).toHaveLength(0)
  })

  test('ends only that of a producer with the same symbols', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    const names: string[] = []
    const watched: EventLog = Object.assign(Object.create(log), {
      describeTopics: log.describeTopics.bind(log),
      ranges: log.ranges.bind(log),
      run: log.run.bind(log),
      openPositioned(owner: Parameters<EventLog['openPositioned']>[0]) {
        names.push(owner.name)
        return log.openPositioned(owner)
      },
    })
    for (const symbols of ['AAPL,BTC-USD', 'BTC-USD,AAPL', 'MSFT']) await fill(stage, { log: watched, symbols })
    expect(names).toHaveLength(3)
    expect(names[1]).toBe(names[0])
    expect(names[2]).not.toBe(names[0])
  })

  test('fails nothing: not for a log without its topics', async () => {
    const stage = await backfillStage(NOW)
    const log = openEmbeddedLog({
      path: join(temporaryFolder(), 'log.sqlite'),
      clock: systemClock,
      logger: silentLogger,
    })
    onTestFinished(() => log.close())
    expect(await fill(stage, { log })).toEqual([
      'the last days are not filled: the log has no topics for history; run `tickerlake init`',
    ])
  })

  test('fails nothing: not for a log that fails', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    const failing = Object.assign(Object.create(log) as EventLog, {
      describeTopics: () => Promise.reject(new PlatformError('LOG_UNREACHABLE', 'no broker answers')),
    })
    expect(await fill(stage, { log: failing })).toEqual([
      'the last days are not filled: no broker answers; all else goes on without them',
    ])
  })

  test('fails nothing: not for a source that refuses, and says that the next start goes on', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    stage.server.failNext('chart', { kind: 'rate_limited', retryAfter: '600' })
    expect((await fill(stage, { log })).at(-1)).toBe(
      'the last trading days: 0 bars of history in 0 requests; ' +
        'Yahoo gives no more history (429, to the chart request), and the next start goes on',
    )
  })

  test('names some of the symbols that have no history, and counts the rest', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    const symbols = Array.from({ length: 12 }, (_, i) => `GONE${i}`).join(',')
    const said = await fill(stage, { log, symbols })
    expect(said.filter((text) => text.startsWith('no history of GONE'))).toHaveLength(5)
    expect(said.at(-1)).toBe(
      'the last trading days: 0 bars of history in 12 requests, 12 requests without a usable answer',
    )
  })
})
