// /api/bars: the bars of a symbol from the table at one version, and from the topic what that version has not taken in
// yet. So no bar is missing and none is there twice, whatever the writer does meanwhile.

import type { Snapshot } from '#delta/snapshot'
import { quoteText } from '#duckdb/quoting'
import type { EpochMs } from '#runtime/units'
import type { BarsAnswer } from '#services/web/api'
import type { BarsQuestion } from '#services/web/history/bars/bars_question'
import {
  type BarsSelection,
  barConditions,
  barOf,
  barsSql,
  wholeWindows,
} from '#services/web/history/bars/bars_statement'
import { grainsOf } from '#services/web/history/bars/grain'
import { datesBetween, symbolIs } from '#services/web/history/conditions'
import type { HistoryTables } from '#services/web/history/history_tables'
import { withNewerVersions } from '#services/web/history/newer_versions'
import { datesIn, takenBy } from '#services/web/history/pinned_table'
import { SharedAnswers } from '#services/web/history/shared_answers'
import { tableBehind } from '#services/web/history/table_behind'
import type { BarsSince, LiveBars } from '#services/web/live/seam'

/** Answers questions for bars. */
export class Bars {
  readonly #tables: HistoryTables
  readonly #live: LiveBars
  readonly #answers = new SharedAnswers<BarsAnswer>()

  constructor(tables: HistoryTables, live: LiveBars) {
    this.#tables = tables
    this.#live = live
  }

  /** Throws a RequestError when it cannot be answered now, STOPPED when the signal aborts, STORE_ and TABLE_ errors. */
  answer(question: BarsQuestion, signal: AbortSignal): Promise<BarsAnswer> {
    const { symbol, from, to, grain } = question
    const key = JSON.stringify([symbol, from, to, grain.name])
    return this.#answers.ask(key, signal, (whileAsked) =>
      withNewerVersions(whileAsked, (ageMsMax) => this.#make(question, ageMsMax, whileAsked)),
    )
  }

  async #make(question: BarsQuestion, ageMsMax: number, signal: AbortSignal): Promise<BarsAnswer> {
    const { bars, earliest } = this.#tables
    const snapshot = await bars.version(ageMsMax)
    const { generation } = earliest
    const since = this.#live.since(question.symbol, takenBy(snapshot, bars.spec.topic))
    if (since.missing > 0) throw tableBehind('bars', since.missing)
    return this.#read(question, { snapshot, generation, since, signal })
  }

  async #read(question: BarsQuestion, pinned: Pinned): Promise<BarsAnswer> {
    const { symbol, from, to, grain } = question
    const { snapshot, since, signal } = pinned
    const { bars, barIntervalMs } = this.#tables
    const range = wholeWindows(question, grain.ms)
    const facts = { table: bars.spec.name, symbol, range, barIntervalMs }
    const selection: BarsSelection = { ...facts, grainMs: grain.ms, live: since.bars }
    const conditions = barConditions(selection)
    const rows = await this.#tables.read(barsSql(selection), [{ table: bars, snapshot, conditions }], signal)
    return {
      symbol,
      grain: grain.name,
      grains: grainsOf(barIntervalMs).map(({ name }) => name),
      from,
      to,
      bars: rows.map(barOf),
      earliest: await this.#earliest(symbol, pinned),
      position: since.position,
    }
  }

  async #earliest(symbol: string, { snapshot, generation, since, signal }: Pinned): Promise<EpochMs | null> {
    const { earliest } = this.#tables
    const inTable = earliest.of(symbol) ?? (await this.#findEarliest(symbol, snapshot, signal))
    if (inTable !== null) earliest.learn(symbol, inTable, generation)
    const firstLive = since.bars[0]?.windowStart ?? null
    return inTable === null || (firstLive !== null && firstLive < inTable) ? firstLive : inTable
  }

  /** Most symbols have been there from the first date on; for others twice as many dates are read each time. */
  async #findEarliest(symbol: string, snapshot: Snapshot | undefined, signal: AbortSignal): Promise<EpochMs | null> {
    const dates = datesIn(snapshot)
    const { bars } = this.#tables
    const sql = `SELECT epoch_ms(min(window_start))::DOUBLE FROM ${bars.spec.name} WHERE symbol = ${quoteText(symbol)}`
    for (let at = 0, count = 1; at < dates.length; at += count, count *= 2) {
      const [first, last] = [dates[at], dates[Math.min(at + count, dates.length) - 1]] as [number, number]
      const conditions = [symbolIs(symbol), ...datesBetween(first, last)]
      const [row] = await this.#tables.read(sql, [{ table: bars, snapshot, conditions }], signal)
      if (typeof row?.[0] === 'number') return row[0] as EpochMs
    }
    return null
  }
}

interface Pinned {
  readonly snapshot: Snapshot | undefined
  /** Of what is known of first bars. */
  readonly generation: number
  readonly since: BarsSince
  readonly signal: AbortSignal
}
