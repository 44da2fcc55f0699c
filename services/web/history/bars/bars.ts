// /api/bars: the bars of a symbol from the tables of bars and of history, each at one version, and from the topic what
// the first has not taken in yet. So no bar is missing and none is there twice, whatever the writer does meanwhile.

import type { Calendar } from '#calendar/calendar'
import type { Snapshot } from '#delta/snapshot'
import { quoteText } from '#duckdb/quoting'
import type { HistoryGrain } from '#market/history/history_bar'
import { DAY_MS, type EpochMs } from '#runtime/units'
import type { BarRow, BarsAnswer } from '#services/web/api'
import type { BarsQuestion } from '#services/web/history/bars/bars_question'
import {
  type BarsSelection,
  barConditions,
  historyConditions,
  wholeWindows,
} from '#services/web/history/bars/bars_selection'
import { barOf, barsSql } from '#services/web/history/bars/bars_statement'
import { dayBars, dayBarsSql, rangeOfDates } from '#services/web/history/bars/day_bars'
import type { EarliestBars } from '#services/web/history/bars/earliest_bars'
import { grainsOf } from '#services/web/history/bars/grain'
import { usableGrains } from '#services/web/history/bars/history_grains'
import { datesBetween, symbolIs } from '#services/web/history/conditions'
import type { HistoryTables } from '#services/web/history/history_tables'
import { withNewerVersions } from '#services/web/history/newer_versions'
import { datesIn, type PinnedTable, takenBy } from '#services/web/history/pinned_table'
import { SharedAnswers } from '#services/web/history/shared_answers'
import { tableBehind } from '#services/web/history/table_behind'
import type { BarsSince, LiveBars } from '#services/web/live/seam'
import { datesStartingIn } from '#services/web/sessions/trading_day'

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
    const { symbol, from, to, grain, isRegularOnly } = question
    const key = JSON.stringify([symbol, from, to, grain.name, isRegularOnly])
    return this.#answers.ask(key, signal, (whileAsked) =>
      withNewerVersions(whileAsked, (ageMsMax) => this.#make(question, ageMsMax, whileAsked)),
    )
  }

  async #make(question: BarsQuestion, ageMsMax: number, signal: AbortSignal): Promise<BarsAnswer> {
    const [own, history] = await Promise.all([this.#pin('bars', ageMsMax), this.#pin('history', ageMsMax)])
    const since = this.#live.since(question.symbol, takenBy(own.snapshot, own.table.spec.topic))
    if (since.missing > 0) throw tableBehind('bars', since.missing)
    const usable = usableGrains(history.snapshot, {
      barIntervalMs: this.#tables.barIntervalMs,
      grainMs: question.grain.ms,
    })
    const calendar = this.#live.calendarOf(question.symbol)
    return this.#read(question, { own, history, usable, since, calendar, signal })
  }

  /** What is known of first bars belongs to the version that has just been seen. */
  async #pin(name: 'bars' | 'history', ageMsMax: number): Promise<Pin> {
    const { [name]: table, earliest } = this.#tables
    const snapshot = await table.version(ageMsMax)
    return { table, snapshot, earliest: earliest[name], generation: earliest[name].generation }
  }

  async #read(question: BarsQuestion, reading: Reading): Promise<BarsAnswer> {
    const { symbol, from, to, grain } = question
    return {
      symbol,
      grain: grain.name,
      grains: grainsOf(this.#tables.barIntervalMs).map(({ name }) => name),
      from,
      to,
      bars: await this.#bars(question, reading),
      earliest: await this.#earliest(question, reading),
      zone: reading.calendar.zone,
      historyVersion: reading.history.snapshot?.version ?? null,
      position: reading.since.position,
    }
  }

  async #bars(question: BarsQuestion, reading: Reading): Promise<readonly BarRow[]> {
    const { symbol, grain, isRegularOnly } = question
    const { own, since, signal, usable, calendar } = reading
    const isOfDays = grain.ms === DAY_MS
    const dates = datesStartingIn(calendar, question)
    const selection: BarsSelection = {
      table: own.table.spec.name,
      hasSessions: own.table.hasColumn('session', own.snapshot),
      hasVolumeSince: own.table.hasColumn('volume_since', own.snapshot),
      barIntervalMs: this.#tables.barIntervalMs,
      symbol,
      range: isOfDays ? rangeOfDates(calendar, dates) : wholeWindows(question, grain.ms),
      grainMs: grain.ms,
      live: since.bars,
      history: usable,
      isRegularOnly,
    }
    const sql = isOfDays ? dayBarsSql(selection, dates) : barsSql(selection)
    const ours = { ...own, conditions: barConditions(selection) }
    const history = { ...reading.history, conditions: historyConditions(selection) }
    const rows = await this.#tables.read(sql, usable.length === 0 ? [ours] : [ours, history], signal)
    return isOfDays ? dayBars(rows, calendar) : rows.map(barOf)
  }

  async #earliest({ symbol }: BarsQuestion, reading: Reading): Promise<EpochMs | null> {
    const { own, history, usable, since, signal } = reading
    const times = [
      since.bars[0]?.windowStart ?? null,
      await this.#learnEarliest(own, { symbol, grains: [], signal }),
      usable.length === 0 ? null : await this.#learnEarliest(history, { symbol, grains: usable, signal }),
    ]
    const known = times.filter((time) => time !== null)
    return known.length === 0 ? null : (Math.min(...known) as EpochMs)
  }

  async #learnEarliest(pin: Pin, search: EarliestSearch): Promise<EpochMs | null> {
    const key = [search.symbol, ...search.grains].join(' ')
    const time = pin.earliest.of(key) ?? (await this.#findEarliest(pin, search))
    if (time !== null) pin.earliest.learn(key, time, pin.generation)
    return time
  }

  /** Most symbols have been there from the first date on; for others twice as many dates are read each time. */
  async #findEarliest(pin: Pin, { symbol, grains, signal }: EarliestSearch): Promise<EpochMs | null> {
    const dates = datesIn(pin.snapshot)
    const ofGrains = grains.length === 0 ? '' : ` AND grain IN (${grains.map(quoteText).join(', ')})`
    const sql = `SELECT epoch_ms(min(window_start))::DOUBLE FROM ${pin.table.spec.name}
      WHERE symbol = ${quoteText(symbol)}${ofGrains}`
    let earliest: number | null = null
    for (let at = 0, count = 1; at < dates.length; at += count, count *= 2) {
      // A row may be later than the date that it is kept under, and one of a later date be earlier than it.
      if (earliest !== null && (dates[at] as number) * DAY_MS > earliest) break
      const [first, last] = [dates[at], dates[Math.min(at + count, dates.length) - 1]] as [number, number]
      const conditions = [symbolIs(symbol), ...datesBetween(first, last)]
      const [row] = await this.#tables.read(sql, [{ ...pin, conditions }], signal)
      if (typeof row?.[0] === 'number') earliest = Math.min(earliest ?? row[0], row[0])
    }
    return earliest as EpochMs | null
  }
}

/** A table at one version, and what is known of first bars in it. */
interface Pin {
  readonly table: PinnedTable
  readonly snapshot: Snapshot | undefined
  readonly earliest: EarliestBars
  readonly generation: number
}

interface Reading {
  readonly own: Pin
  readonly history: Pin
  /** Bars of history that those of the answer can be made of. */
  readonly usable: readonly HistoryGrain[]
  readonly since: BarsSince
  readonly calendar: Calendar
  readonly signal: AbortSignal
}

interface EarliestSearch {
  readonly symbol: string
  /** Of bars of history; none of our own. */
  readonly grains: readonly HistoryGrain[]
  readonly signal: AbortSignal
}
