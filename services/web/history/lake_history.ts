// What the live part asks of the tables: what to begin with, as the tables are at one moment, and alerts of the past.

import type { Snapshot } from '#delta/snapshot'
import { DAY_MS, type EpochMs } from '#runtime/units'
import type { AlertRow } from '#services/web/api'
import {
  alertConditions,
  alertCountsSql,
  alertOf,
  alertsSql,
  newestFirst,
} from '#services/web/history/alerts_of_tables'
import { datesBetween, timeIn } from '#services/web/history/conditions'
import type { HistoryTables } from '#services/web/history/history_tables'
import { SEED_DATES_MAX, TIME_MAX_MS } from '#services/web/history/limits'
import { withNewerVersions } from '#services/web/history/newer_versions'
import { datesIn, takenBy } from '#services/web/history/pinned_table'
import {
  lastBarsSql,
  lineOf,
  lineStepMs,
  linesSql,
  newestQuotes,
  QUOTES_SQL,
  quoteOf,
} from '#services/web/history/seed_statements'
import { SharedAnswers } from '#services/web/history/shared_answers'
import type { AlertsQuestion, LiveHistory, LiveSeeds, SeedQuote, TableAlerts } from '#services/web/live/seam'

/** The tables as the live part asks them. */
export class LakeHistory implements LiveHistory {
  readonly #tables: HistoryTables
  readonly #answers = new SharedAnswers<TableAlerts>()

  constructor(tables: HistoryTables) {
    this.#tables = tables
  }

  seeds(day: EpochMs, signal: AbortSignal): Promise<LiveSeeds> {
    return withNewerVersions(signal, () => this.#seeds(day, signal))
  }

  async #seeds(day: EpochMs, signal: AbortSignal): Promise<LiveSeeds> {
    const { quotes, bars, alerts } = this.#tables
    const pinned = await Promise.all([quotes.version(0), bars.version(0), alerts.version(0)])
    const [quotesAt, barsAt, alertsAt] = pinned
    return {
      quotes: await this.#seedQuotes({ quotesAt, barsAt, day, signal }),
      alertsToday: await this.#alertsSince(day, alertsAt, signal),
      taken: {
        quotes: takenBy(quotesAt, quotes.spec.topic),
        bars: takenBy(barsAt, bars.spec.topic),
        alerts: takenBy(alertsAt, alerts.spec.topic),
      },
    }
  }

  alerts(question: AlertsQuestion, signal: AbortSignal): Promise<TableAlerts> {
    return this.#answers.ask(JSON.stringify(question), signal, (whileAsked) =>
      withNewerVersions(whileAsked, (ageMsMax) => this.#alerts(question, ageMsMax, whileAsked)),
    )
  }

  async #alerts(question: AlertsQuestion, ageMsMax: number, signal: AbortSignal): Promise<TableAlerts> {
    const { alerts } = this.#tables
    const snapshot = await alerts.version(ageMsMax)
    const found: AlertRow[] = []
    for (const range of newestFirst(datesIn(snapshot), question)) {
      const part = { ...question, ...range, limit: question.limit - found.length }
      const reading = { table: alerts, snapshot, conditions: alertConditions(part) }
      found.push(...(await this.#tables.read(alertsSql(part), [reading], signal)).map(alertOf))
      if (found.length > question.limit) break
    }
    return { alerts: found, taken: takenBy(snapshot, alerts.spec.topic) }
  }

  async #seedQuotes({ quotesAt, barsAt, day, signal }: QuotesAt): Promise<readonly SeedQuote[]> {
    const { quotes, bars, barIntervalMs, clock } = this.#tables
    const newest = { table: quotes, snapshot: newestQuotes(quotesAt), conditions: [] }
    const dates = datesIn(barsAt).slice(-SEED_DATES_MAX)
    const recent = datesBetween(dates[0] ?? 0, dates.at(-1) ?? 0)
    const today = timeIn('window_start', { from: day, to: TIME_MAX_MS })
    const inBars = (conditions: typeof recent) => [{ table: bars, snapshot: barsAt, conditions }]
    const line = { day, stepMs: lineStepMs(Math.min(clock.now() - day, DAY_MS), barIntervalMs) }
    const rows = await this.#tables.read(QUOTES_SQL, [newest], signal)
    const lastBars = await this.#tables.read(lastBarsSql(bars.spec.name), inBars(recent), signal)
    const lines = new Map((await this.#tables.read(linesSql(bars.spec.name, line), inBars(today), signal)).map(lineOf))
    const bySymbol = new Map(lastBars.map((row) => [row[0], row]))
    for (const row of rows) bySymbol.set(row[0] as string, row)
    return [...bySymbol.values()].map(quoteOf).map((quote) => ({ ...quote, line: lines.get(quote.symbol) ?? [] }))
  }

  async #alertsSince(day: EpochMs, snapshot: Snapshot | undefined, signal: AbortSignal) {
    const { alerts } = this.#tables
    const conditions = timeIn('event_time', { from: day, to: TIME_MAX_MS })
    const rows = await this.#tables.read(alertCountsSql(day), [{ table: alerts, snapshot, conditions }], signal)
    return new Map(rows.map(([symbol, count]) => [symbol as string, count as number]))
  }
}

interface QuotesAt {
  readonly quotesAt: Snapshot | undefined
  readonly barsAt: Snapshot | undefined
  readonly day: EpochMs
  readonly signal: AbortSignal
}
