// Bars of history that come while somebody looks: which files a newer version of their table has added is told to the
// viewers, who ask again for what they touch, and the lines of the day are read again.

import type { Calendars } from '#calendar/calendar'
import { statisticsOf } from '#delta/data_file/statistics'
import type { AddFile } from '#delta/log/actions'
import type { Snapshot } from '#delta/snapshot'
import type { Clock } from '#runtime/clock'
import { messageOf } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import type { EpochMs } from '#runtime/units'
import type { HistoryChange, StreamEvents } from '#services/web/api'
import type { HistoryTables } from '#services/web/history/history_tables'
import { CHANGES_MAX, HISTORY_LOOK_MS, LINES_AGAIN_MS } from '#services/web/history/limits'
import type { LiveHistory, SeedLine } from '#services/web/live/seam'
import { longestDayStart } from '#services/web/sessions/trading_day'

/** Whoever tells the viewers. */
export interface HistoryViewers {
  /** Whether there are any. */
  readonly isWatched: boolean
  showHistory(news: StreamEvents['history']): void
}

/** What the watch needs. */
export interface HistoryWatchParts {
  readonly tables: Pick<HistoryTables, 'history'>
  readonly history: Pick<LiveHistory, 'lines'>
  readonly board: { prependLine(symbol: string, line: SeedLine): void }
  readonly viewers: HistoryViewers
  readonly calendars: Calendars
  readonly clock: Clock
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** Watches until the signal aborts. What the store does not answer is asked again. */
export async function watchHistory(parts: HistoryWatchParts): Promise<void> {
  const { clock, logger, viewers, signal } = parts
  const watch = new HistoryWatch(parts)
  let wasWell = true
  while (!signal.aborted) {
    try {
      if (viewers.isWatched) await watch.look()
      wasWell = true
    } catch (error) {
      if (wasWell && !signal.aborted) logger.warn({ reason: messageOf(error) }, 'the table of history cannot be read')
      wasWell = false
    }
    await clock.sleep(HISTORY_LOOK_MS, signal)
  }
}

class HistoryWatch {
  readonly #parts: HistoryWatchParts
  #seen: Snapshot | undefined
  #hasLooked = false
  /** Bars of the trading day have come, and its lines do not have them yet. */
  #areLinesOld = false
  #linesAt = Number.NEGATIVE_INFINITY

  constructor(parts: HistoryWatchParts) {
    this.#parts = parts
  }

  async look(): Promise<void> {
    const { tables, viewers } = this.#parts
    const before = this.#seen
    const now = await tables.history.version(0)
    this.#seen = now
    // Others pin versions too, so what was added is told by the files and not by commits.
    if (now !== before || !this.#hasLooked) {
      const changes = this.#hasLooked && before !== undefined && now !== undefined ? changesBetween(before, now) : null
      viewers.showHistory({ historyVersion: now?.version ?? null, changes })
      // At the first look too: the lines that the page began with were read before it, and bars may have come since.
      const hasBars = now !== undefined && now.files.size > 0
      this.#areLinesOld ||= hasBars && this.#concernsToday(changes)
    }
    this.#hasLooked = true
    if (this.#areLinesOld && this.#parts.clock.now() - this.#linesAt >= LINES_AGAIN_MS) await this.#readLines()
  }

  #concernsToday(changes: readonly HistoryChange[] | null): boolean {
    return changes === null || changes.some(({ to }) => to >= this.#since)
  }

  async #readLines(): Promise<void> {
    const { history, board, clock, signal } = this.#parts
    this.#linesAt = clock.now()
    for (const [symbol, line] of await history.lines(this.#since, signal)) board.prependLine(symbol, line)
    // Only now: what could not be read is read again.
    this.#areLinesOld = false
  }

  get #since(): EpochMs {
    return longestDayStart(this.#parts.calendars, this.#parts.clock.now())
  }
}

/**
 * What the files tell that only the newer one has; null when one of them does not tell. Merged files count too: some of
 * their rows may have come since.
 */
function changesBetween(before: Snapshot, now: Snapshot): readonly HistoryChange[] | null {
  const changes: HistoryChange[] = []
  for (const [identity, file] of now.files) {
    if (before.files.has(identity)) continue
    const change = changeOf(file)
    if (change === null || changes.length === CHANGES_MAX) return null
    changes.push(change)
  }
  return changes
}

function changeOf(file: AddFile): HistoryChange | null {
  const { minValues, maxValues } = statisticsOf(file) as Readonly<Record<string, Bounds | undefined>>
  const [from, to] = [Date.parse(minValues?.window_start ?? ''), Date.parse(maxValues?.window_start ?? '')]
  const [firstSymbol, lastSymbol] = [minValues?.symbol, maxValues?.symbol]
  if (firstSymbol === undefined || lastSymbol === undefined || Number.isNaN(from) || Number.isNaN(to)) return null
  return { firstSymbol, lastSymbol, from: from as EpochMs, to: to as EpochMs }
}

type Bounds = Readonly<Partial<Record<string, string>>>
