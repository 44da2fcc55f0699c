// A backfill in this process: the server that plays Yahoo, an embedded log, and a clock that stands still. What was
// published can be read, and what was asked.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import type { HistoryBar, HistoryGrain } from '#market/history/history_bar'
import type { HistoryDay } from '#market/history/history_day'
import { parseTradeDate, type TradeDate } from '#market/session'
import { CORPORATE_ACTIONS_TOPIC, HISTORY_BARS_TOPIC, HISTORY_DAYS_TOPIC } from '#market/topics'
import { type Clock, systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { EpochMs } from '#runtime/units'
import { type BackfillOptions, runBackfill } from '#services/backfill/backfill'
import { yahooHistory } from '#services/backfill/history_source'
import type { BackfillSummary } from '#services/backfill/summary'
import { YAHOO_TIMEOUT_MS } from '#services/producer/limits'
import { recordsOf } from '#support/log/topic_records'
import { temporaryFolder } from '#support/temporary_folder'
import { type ChartAnswers, type ChartedSymbol, chartAnswers } from '#support/yahoo/chart_answers'
import { startYahooServer, type YahooServer } from '#support/yahoo/yahoo_server'

/** Partitions of each topic. */
const PARTITIONS = 2

/** What is to be backfilled. */
export interface StagedWish {
  readonly symbols: readonly string[]
  readonly grain: HistoryGrain
  readonly from: string
  readonly to: string
}

/** Everything that a backfill has published, without the times of fetching. */
export interface PublishedHistory {
  readonly bars: readonly string[]
  readonly days: readonly string[]
  readonly actions: readonly string[]
}

/** The stage of a test. */
export interface BackfillStage {
  readonly server: YahooServer
  readonly charts: ChartAnswers
  readonly folder: string
  /** It stands still until it is set. */
  now: EpochMs
  /** Opens the log of a folder; the stage's own by default. Closed after the test. */
  openLog(folder?: string): Promise<EventLog>
  /** Runs a backfill to its end. */
  run(log: EventLog, wish: StagedWish, options?: Partial<BackfillOptions>): Promise<BackfillSummary>
}

/** Symbols of two markets, one with a split and a dividend, one listed in the middle. */
export const CHARTED: Readonly<Record<string, ChartedSymbol>> = (() => {
  const calendars = openCalendars({})
  const of = (symbol: string) => calendars.of({ symbol, exchange: null, zone: null })
  const at = (text: string) => Date.parse(text)
  return {
    AAPL: {
      calendar: of('AAPL'),
      exchange: 'NMS',
      splits: [{ at: at('2026-11-18T14:30:00Z'), ratio: [4, 1] }],
      dividends: [{ at: at('2026-11-24T14:30:00Z'), amount: 0.26 }],
    },
    MSFT: { calendar: of('MSFT'), exchange: 'NMS', listedAt: at('2026-11-19T14:30:00Z') },
    'BTC-USD': { calendar: of('BTC-USD'), exchange: 'CCC', instrumentType: 'CRYPTOCURRENCY' },
  }
})()

/** Raises the stage; everything on it is gone after the test. */
export async function backfillStage(now: string): Promise<BackfillStage> {
  const server = await startYahooServer()
  onTestFinished(() => server.close())
  const folder = temporaryFolder()
  const stage = { now: Date.parse(now) as EpochMs }
  const charts = chartAnswers({ symbols: CHARTED, now: () => stage.now })
  server.serve(charts.part)
  return Object.assign(stage, {
    server,
    charts,
    folder,
    openLog: (of = folder) => openedLog(of),
    run: (log: EventLog, wish: StagedWish, options: Partial<BackfillOptions> = {}) => {
      return runBackfill(optionsOf({ log, wish, server, clock: stillClock(() => stage.now), options }))
    },
  })
}

interface OptionParts {
  readonly log: EventLog
  readonly wish: StagedWish
  readonly server: YahooServer
  readonly clock: Clock
  readonly options: Partial<BackfillOptions>
}

function optionsOf({ log, wish, server, clock, options }: OptionParts): BackfillOptions {
  const { symbols, grain } = wish
  const parts = { clock, signal: new AbortController().signal, newId: randomUUID, ...options }
  return {
    name: 'backfill',
    wish: { symbols, grain, from: dateOf(wish.from), to: dateOf(wish.to) },
    source: yahooHistory({ fetch, baseUrl: server.url, ...parts }),
    log,
    calendars: openCalendars({}),
    random: () => 0.5,
    logger: silentLogger,
    intervalMs: 0,
    ...parts,
  }
}

function dateOf(text: string): TradeDate {
  const date = parseTradeDate(text)
  if (date === null) throw new Error(`${text} is no date`)
  return date
}

/** Waits take no time, but for the timeout of a request, which never comes. */
export function stillClock(now: () => EpochMs): Clock {
  return {
    now,
    sleep: (ms, signal) =>
      ms === YAHOO_TIMEOUT_MS
        ? new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }))
        : Promise.resolve(),
  }
}

/** An embedded log with the topics of history; closed after the test. */
export async function openedLog(folder: string): Promise<EventLog> {
  const log = openEmbeddedLog({ path: join(folder, 'log.sqlite'), clock: systemClock, logger: silentLogger })
  onTestFinished(() => log.close())
  const topics = [HISTORY_BARS_TOPIC, HISTORY_DAYS_TOPIC, CORPORATE_ACTIONS_TOPIC]
  await log.createTopics(topics.map((topic) => ({ topic, partitions: PARTITIONS })))
  return log
}

/** What the topics of a log hold: one text a record, in a fixed order. */
export async function publishedHistory(log: EventLog): Promise<PublishedHistory> {
  const textsOf = async (topic: string) => {
    const records = [...(await recordsOf(log, topic)).values()].flat()
    const texts = records.map(({ value }) => {
      const { fetchedAt, ...rest } = JSON.parse(Buffer.from(value ?? []).toString()) as Record<string, unknown>
      return JSON.stringify(rest)
    })
    return texts.sort()
  }
  return {
    bars: await textsOf(HISTORY_BARS_TOPIC),
    days: await textsOf(HISTORY_DAYS_TOPIC),
    actions: await textsOf(CORPORATE_ACTIONS_TOPIC),
  }
}

/** The records of texts, to look into them. */
export function parsedBars(texts: readonly string[]): HistoryBar[] {
  return texts.map((text) => JSON.parse(text) as HistoryBar)
}

export function parsedDays(texts: readonly string[]): HistoryDay[] {
  return texts.map((text) => JSON.parse(text) as HistoryDay)
}
