// What the live part asks of the tables: what to begin with, as the tables are at one moment, and alerts of the past.

import type { Snapshot } from '#delta/snapshot'
import { DAY_MS, type EpochMs } from '#runtime/units'
import type { AlertRow } from '#services/web/api'
import {
  alertConditions,
  alertCountOf,
  alertCountsSql,
  alertOf,
  alertsSql,
  newestFirst,
} from '#services/web/history/alerts_of_tables'
import { usableGrains } from '#services/web/history/bars/history_grains'
import { HISTORY_TABLE } from '#services/web/history/bars/history_parts'
import { timeIn } from '#services/web/history/conditions'
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
import type { AlertsQuestion, LiveHistory, LiveSeeds, SeedLine, SeedQuote, TableAlerts } from '#services/web/live/seam'

/** The tables as the live part asks them. */
export class LakeHistory implements LiveHistory {
  readonly #tables: HistoryTables
  readonly #answers = new SharedAnswers<TableAlerts>()

  constructor(tables: HistoryTables) {
    this.#tables = tables
  }

  seeds(since: EpochMs, signal: AbortSignal): Promise<LiveSeeds> {
    return withNewerVersions(signal, () => this.#seeds(since, signal))
  }

  lines(since: EpochMs, signal: AbortSignal): Promise<ReadonlyMap<string, SeedLine>> {
    return withNewerVersions(signal, async () => this.#lines(since, await this.#pinBars(), signal))
  }

  async #seeds(since: EpochMs, signal: AbortSignal): Promise<LiveSeeds> {
    const { quotes, bars, alerts } = this.#tables
    const pinned = await Promise.all([quotes.version(0), this.#pinBars(), alerts.version(0)])
    const [quotesAt, barsAt, alertsAt] = pinned
    return {
      quotes: await this.#seedQuotes({ quotesAt, barsAt, since, signal }),
      alerts: await this.#alertsSince(since, alertsAt, signal),
      taken: {
        quotes: takenBy(quotesAt, quotes.spec.topic),
        bars: takenBy(barsAt.own, bars.spec.topic),
        alerts: takenBy(alertsAt, alerts.spec.topic),
      },
    }
  }

  async #pinBars(): Promise<BarsAt> {
    const { bars, history } = this.#tables
    const [own, ofHistory] = await Promise.all([bars.version(0), history.version(0)])
    return { own, history: ofHistory }
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

  async #seedQuotes({ quotesAt, barsAt, since, signal }: QuotesAt): Promise<readonly SeedQuote[]> {
    const newest = { table: this.#tables.quotes, snapshot: newestQuotes(quotesAt), conditions: [] }
    const dates = [...datesIn(barsAt.own).slice(-SEED_DATES_MAX), ...datesIn(barsAt.history).slice(-SEED_DATES_MAX)]
    const recent = (dates.sort((a, b) => a - b).at(-SEED_DATES_MAX) ?? 0) * DAY_MS
    const last = this.#barsRead(barsAt, recent as EpochMs)
    const rows = await this.#tables.read(QUOTES_SQL, [newest], signal)
    const lastBars = await this.#tables.read(lastBarsSql(last.tables, recent as EpochMs), last.readings, signal)
    const lines = await this.#lines(since, barsAt, signal)
    const bySymbol = new Map(lastBars.map((row) => [row[0], row]))
    for (const row of rows) bySymbol.set(row[0] as string, row)
    return [...bySymbol.values()].map(quoteOf).map((quote) => ({ ...quote, line: lines.get(quote.symbol) ?? [] }))
  }

  async #lines(since: EpochMs, barsAt: BarsAt, signal: AbortSignal): Promise<ReadonlyMap<string, SeedLine>> {
    const { tables, readings } = this.#barsRead(barsAt, since)
    const line = { since, stepMs: lineStepMs(this.#tables.barIntervalMs) }
    return new Map((await this.#tables.read(linesSql(tables, line), readings, signal)).map(lineOf))
  }

  /** Both tables from a time on; without that of history while it has no bars as long as ours. */
  #barsRead({ own, history }: BarsAt, since: EpochMs) {
    const all = this.#tables
    const { barIntervalMs } = all
    const conditions = timeIn('window_start', { from: since, to: TIME_MAX_MS })
    const ours = { table: all.bars, snapshot: own, conditions }
    const [grain] = usableGrains(history, { barIntervalMs, grainMs: barIntervalMs })
    const tables = { bars: all.bars.spec.name, history: grain === undefined ? null : { table: HISTORY_TABLE, grain } }
    return grain === undefined
      ? { tables, readings: [ours] }
      : { tables, readings: [ours, { table: all.history, snapshot: history, conditions }] }
  }

  async #alertsSince(since: EpochMs, snapshot: Snapshot | undefined, signal: AbortSignal) {
    const { alerts } = this.#tables
    const conditions = timeIn('event_time', { from: since, to: TIME_MAX_MS })
    const rows = await this.#tables.read(alertCountsSql(since), [{ table: alerts, snapshot, conditions }], signal)
    return rows.map(alertCountOf)
  }
}

/** Versions of the tables of bars. */
interface BarsAt {
  readonly own: Snapshot | undefined
  readonly history: Snapshot | undefined
}

interface QuotesAt {
  readonly quotesAt: Snapshot | undefined
  readonly barsAt: BarsAt
  readonly since: EpochMs
  readonly signal: AbortSignal
}
