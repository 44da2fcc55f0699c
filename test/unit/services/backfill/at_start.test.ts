import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import type { HistoryBar } from '#market/history/history_bar'
import { type Clock, systemClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { silentLogger } from '#runtime/logger'
import { readAllSettings } from '#runtime/settings'
import { type EpochMs, MINUTE_MS } from '#runtime/units'
import { type AtStartParts, fillLastDays } from '#services/backfill/at_start'
import { backfillSettings } from '#services/backfill/config'
import {
  AT_START_AGAIN_AFTER_MS,
  AT_START_EAGER_INTERVAL_MS,
  AT_START_LOOK_MS,
  AT_START_MAX_MS,
  AT_START_WAIT_MAX_MS,
} from '#services/backfill/limits'
import { calendarSettings } from '#services/calendar_settings'
import { YAHOO_TIMEOUT_MS } from '#services/producer/limits'
import {
  type BackfillStage,
  backfillStage,
  parsedBars,
  parsedDays,
  publishedHistory,
  stillClock,
} from '#support/backfill/backfill_stage'
import { temporaryFolder } from '#support/temporary_folder'
import { recordedLogger } from '../producer/recorded_logger.ts'

const NOW = '2026-11-29T12:00:00Z'

interface Filling extends Partial<AtStartParts> {
  readonly log: EventLog
  readonly symbols?: string
  readonly intervalMs?: number
  /** In place of the wait for the second pass. By default the producer ends there. */
  readonly onWait?: (signal?: AbortSignal) => void | Promise<void>
  /** Told of all other waits. */
  readonly onSleep?: (ms: number) => void
}

/** Fills at a start; resolves to what was said. */
async function fill(stage: BackfillStage, filling: Filling): Promise<string[]> {
  const stop = new AbortController()
  const { symbols = 'AAPL,BTC-USD', intervalMs = 0, onWait = () => stop.abort(), onSleep, ...parts } = filling
  const env = { SYMBOLS: symbols, YAHOO_BASE_URL: stage.server.url, BACKFILL_INTERVAL_MS: String(intervalMs) }
  const { logger, texts } = recordedLogger()
  const settings = readAllSettings(env, [backfillSettings, calendarSettings])
  const still = stillClock(() => stage.now)
  const sleep: Clock['sleep'] = async (ms, signal) => {
    if (ms === AT_START_AGAIN_AFTER_MS) return onWait(signal)
    onSleep?.(ms)
    return still.sleep(ms, signal)
  }
  const context = { settings, clock: { ...still, sleep }, random: () => 0.5, newId: randomUUID, logger }
  await fillLastDays(context, { signal: stop.signal, hasQuotes: () => true, ...parts })
  return texts()
}

/** The log, whose publishers are opened in another way. */
function openingBy(log: EventLog, openPositioned: EventLog['openPositioned']): EventLog {
  return Object.assign(Object.create(log), {
    describeTopics: log.describeTopics.bind(log),
    ranges: log.ranges.bind(log),
    run: log.run.bind(log),
    openPositioned,
  })
}

/** The wait comes to its end. */
function passing(stage: BackfillStage): () => void {
  return () => {
    stage.now = (stage.now + AT_START_AGAIN_AFTER_MS) as EpochMs
  }
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

  test('waits for nothing but the distance of its requests, and that is short for the first ones', async () => {
    const stage = await backfillStage(NOW)
    const waits: number[] = []
    const onSleep = (ms: number) => ms !== YAHOO_TIMEOUT_MS && waits.push(ms)
    await fill(stage, { log: await stage.openLog(), intervalMs: 60_000, onSleep })
    expect(waits).toEqual([AT_START_EAGER_INTERVAL_MS])
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
    const watched = openingBy(log, (owner) => {
      names.push(owner.name)
      return log.openPositioned(owner)
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

describe('the second pass', () => {
  const RESTART = '2026-11-30T15:56:20Z'
  const FIRST_LIVE_MINUTE = Date.parse('2026-11-30T15:56:00Z')

  test('has the first live minute after an outage, and has as final what was not', async () => {
    const stage = await backfillStage('2026-11-30T15:20:20Z')
    const log = await stage.openLog()
    await fill(stage, { log })
    stage.now = Date.parse(RESTART) as EpochMs
    const asked = stage.charts.asked.length
    let between: readonly HistoryBar[] = []
    const onWait = async () => {
      between = ofApple((await publishedHistory(log)).bars)
      passing(stage)()
    }
    const said = await fill(stage, { log, onWait })
    expect(between.map(({ windowStart }) => windowStart)).not.toContain(FIRST_LIVE_MINUTE)
    const notFinal = between.filter(({ isFinal }) => !isFinal).map(({ windowStart }) => windowStart)
    expect(notFinal).toContain(FIRST_LIVE_MINUTE - MINUTE_MS)
    const bars = ofApple((await publishedHistory(log)).bars)
    const final = bars.filter(({ isFinal }) => isFinal).map(({ windowStart }) => windowStart)
    expect(final).toEqual(expect.arrayContaining([...notFinal, FIRST_LIVE_MINUTE]))
    expect(new Set(final).size).toBe(final.length)
    expect(stage.charts.asked).toHaveLength(asked + 4)
    expect(said.slice(2)).toEqual([
      expect.stringMatching(/^the newest minutes, asked for again: \d{3} bars of history in 2 requests$/),
    ])
  })

  test('comes after a restart within the minute of the last one, too, whose first pass asks nothing', async () => {
    const stage = await backfillStage(RESTART)
    const log = await stage.openLog()
    await fill(stage, { log, symbols: 'AAPL' })
    const said = await fill(stage, { log, symbols: 'AAPL', onWait: passing(stage) })
    expect(said).toEqual([expect.stringMatching(/^the newest minutes, asked for again: \d+ bars .* in 1 request$/)])
    const minutes = ofApple((await publishedHistory(log)).bars).map(({ windowStart }) => windowStart)
    expect(minutes).toContain(FIRST_LIVE_MINUTE)
  })

  test('asks and says nothing where all days are whole', async () => {
    const stage = await backfillStage(NOW)
    const log = await stage.openLog()
    const said = await fill(stage, { log, symbols: 'AAPL,MSFT', onWait: passing(stage) })
    expect(stage.charts.asked).toHaveLength(2)
    expect(said).toHaveLength(2)
  })

  test('keeps the ordinary pace from its first request on', async () => {
    const stage = await backfillStage(RESTART)
    const waits: number[] = []
    const log = await stage.openLog()
    const onWait = () => {
      waits.push(0)
      passing(stage)()
    }
    await fill(stage, { log, intervalMs: 1_500, onWait, onSleep: (ms) => ms < 5_000 && waits.push(ms) })
    expect(waits).toEqual([500, 0, 1_500])
  })

  test('does not come when the producer ends while it is waited for', async () => {
    const stage = await backfillStage(RESTART)
    const log = await stage.openLog()
    const stop = new AbortController()
    const waits = Promise.withResolvers<void>()
    const onWait = (signal?: AbortSignal) => {
      waits.resolve()
      return new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }))
    }
    const filling = fill(stage, { log, signal: stop.signal, onWait })
    await Promise.race([waits.promise, filling])
    stop.abort()
    expect(await filling).toHaveLength(2)
    expect(stage.charts.asked).toHaveLength(2)
  })

  test('does not come when the source refused the first', async () => {
    const stage = await backfillStage(RESTART)
    const log = await stage.openLog()
    stage.server.failNext('chart', { kind: 'rate_limited', retryAfter: '600' })
    let waits = 0
    const said = await fill(stage, { log, onWait: () => void waits++ })
    expect(said.at(-1)).toMatch(/429.*, and the next start goes on$/)
    expect([waits, stage.charts.asked.length]).toEqual([0, 0])
  })

  test('does not come when the first came to its limits', async () => {
    const stage = await backfillStage(RESTART)
    const log = await stage.openLog()
    const onSleep = () => {
      stage.now = (stage.now + AT_START_MAX_MS) as EpochMs
    }
    let waits = 0
    const filling = { symbols: 'AAPL,MSFT,BTC-USD', log, onSleep, onWait: () => void waits++ }
    expect((await fill(stage, filling)).at(-1)).toMatch(/limit of requests or time is reached, and the next start/)
    expect(waits).toBe(0)
  })

  test('says in one line what kept it from doing all', async () => {
    const stage = await backfillStage(RESTART)
    const log = await stage.openLog()
    const onWait = () => {
      passing(stage)()
      stage.server.failNext('chart', { kind: 'server_error' })
      stage.server.failNext('chart', { kind: 'error_with_200', description: 'no' })
      stage.server.failNext('chart', { kind: 'rate_limited', retryAfter: '600' })
    }
    expect((await fill(stage, { log, onWait })).slice(2)).toEqual([
      'the newest minutes, asked for again: 0 bars of history in 1 request, 1 request without a usable answer; ' +
        'Yahoo gives no more history (429, to the chart request), and the next start goes on',
    ])
  })

  test('fails nothing', async () => {
    const stage = await backfillStage(RESTART)
    const log = await stage.openLog()
    let isGone = false
    const failing = openingBy(log, (owner) =>
      isGone ? Promise.reject(new PlatformError('LOG_UNREACHABLE', 'no broker answers')) : log.openPositioned(owner),
    )
    const onWait = () => {
      isGone = true
    }
    expect((await fill(stage, { log: failing, onWait })).slice(2)).toEqual([
      'the newest minutes are not filled: no broker answers; all else goes on without them',
    ])
  })
})

function ofApple(texts: readonly string[]): HistoryBar[] {
  return parsedBars(texts).filter(({ symbol }) => symbol === 'AAPL')
}
