// What viewers are told in one tick. Most of them stand at the same place, so what is for all of them is made once, and
// what is for one symbol once for all who look at it. Frames are kept for the tick alone.

import type { EpochMs } from '#runtime/units'
import type { FlowState, Position, StreamEvents } from '#services/web/api'
import { type EventText, eventText, withPosition } from '#services/web/events/event_text'
import { ALERTS_AT_ONCE_MAX, BARS_AT_ONCE_MAX, FRAMES_MADE_MAX, HISTORY_KEPT_MAX } from '#services/web/events/limits'
import { newestRevisions } from '#services/web/live/live_bars'
import type { LiveRecords } from '#services/web/live/live_records'
import type { TopicBar } from '#services/web/live/seam'

/** How far a viewer was told. */
export interface Told {
  /** The symbol that bars are for. */
  readonly symbol: string | null
  tick: number
  /** Numbers of the next bar and alert, as KeptRecords counts them. */
  bars: number
  alerts: number
  /** LiveRecords.generation: another one means that it has to ask anew. */
  generation: number
}

/** The newest state of the flow, and the tick in which it came. */
export interface ShownFlow {
  readonly state: FlowState
  readonly tick: number
}

/** Bars of history that came in a tick. */
export interface ShownHistory {
  readonly news: StreamEvents['history']
  readonly tick: number
}

/** What a tick is made of. */
export interface TickParts {
  readonly live: LiveRecords
  readonly now: EpochMs
  readonly position: Position
  readonly flow: ShownFlow | null
  /** The last ones, by tick. */
  readonly history: readonly ShownHistory[]
}

/** What a viewer is to be sent. */
export interface TickNews {
  readonly pieces: readonly Buffer[]
  /** It was behind by more than is at hand, and has to ask anew. */
  readonly isReload: boolean
}

/** Why a viewer has to ask anew. */
export const RELOAD_REASON = 'what was missed is not at hand any more'

/** The frames of one tick. */
export class TickFrames {
  readonly #parts: TickParts
  readonly #common = new Map<string, Buffer | null>()
  readonly #own = new Map<string, readonly EventText[] | null>()

  constructor(parts: TickParts) {
    this.#parts = parts
  }

  /** Whether the viewer's turn is in this tick: many that were slow, each in its own way, take several. */
  hasTurn({ tick, alerts }: Told): boolean {
    return this.#common.size < FRAMES_MADE_MAX || this.#common.has(keyOf(tick, alerts))
  }

  /** What a viewer has not been told yet, in pieces; none when there is nothing. Only the last has the position. */
  of(told: Told): TickNews {
    const { position } = this.#parts
    const own = this.#ownOf(told)
    if (own === null || this.#mustAskAnew(told)) {
      return { pieces: [withPosition([eventText('reload', { reason: RELOAD_REASON })], position)], isReload: true }
    }
    const common = this.#commonOf(told)
    if (own.length === 0) return { pieces: common === null ? [] : [common], isReload: false }
    const pieces = common === null ? [withPosition(own, position)] : [Buffer.from(own.join('')), common]
    return { pieces, isReload: false }
  }

  /** That the connection is there. */
  beat(): Buffer {
    const { now, position } = this.#parts
    return withPosition([eventText('beat', { now })], position)
  }

  #mustAskAnew({ generation, alerts }: Told): boolean {
    const { live } = this.#parts
    const missed = live.alerts.sequence - alerts
    return generation !== live.generation || missed > ALERTS_AT_ONCE_MAX || !live.alerts.has(alerts)
  }

  /** For the symbol's viewers alone; null when its bars are not at hand. */
  #ownOf(told: Told): readonly EventText[] | null {
    const { symbol, tick, bars } = told
    if (symbol === null) return []
    const key = `${tick} ${bars} ${symbol}`
    const known = this.#own.get(key)
    const events = known === undefined ? this.#makeOwn(told, symbol) : known
    this.#own.set(key, events)
    return events
  }

  #makeOwn({ tick, bars }: Told, symbol: string): readonly EventText[] | null {
    const { live } = this.#parts
    const rows = live.bars.newer(bars)?.flatMap((each) => (each.symbol === symbol ? [each.row] : []))
    if (rows === undefined || rows.length > BARS_AT_ONCE_MAX) return null
    const events = rows.length === 0 ? [] : [barsEvent(symbol, rows)]
    if (!live.board.formingAfter(symbol, tick)) return events
    return [...events, eventText('forming', { symbol, bar: live.board.forming(symbol) })]
  }

  /** For all viewers; null when there is nothing. */
  #commonOf({ tick, alerts }: Told): Buffer | null {
    const key = keyOf(tick, alerts)
    const known = this.#common.get(key)
    if (known !== undefined) return known
    const { live, position, flow, history } = this.#parts
    const events: EventText[] = []
    const news = (live.alerts.newer(alerts) ?? []).map(({ row }) => row)
    if (news.length > 0) events.push(eventText('alerts', { alerts: news }))
    events.push(...this.#symbols(tick))
    const bars = historySince(history, tick)
    if (bars !== null) events.push(eventText('history', bars))
    if (flow !== null && flow.tick > tick) events.push(eventText('flow', flow.state))
    const frame = events.length === 0 ? null : withPosition(events, position)
    this.#common.set(key, frame)
    return frame
  }

  #symbols(tick: number): readonly EventText[] {
    const { now, live } = this.#parts
    const { board } = live
    const events: EventText[] = []
    const rows = board.rowsAfter(tick)
    if (rows.length > 0) events.push(eventText('symbols', { rows: rows.map((each) => board.row(each, now)) }))
    const quotes = board.quotesAfter(tick)
    if (quotes.length > 0)
      events.push(eventText('quotes', { now, rows: quotes.map((each) => board.quoteRow(each, now)) }))
    return events
  }
}

/** A symbol's bars out of their topic, as answers have them: without what their volumes are measured from. */
export function barsEvent(symbol: string, rows: readonly TopicBar[]): EventText {
  return eventText('bars', { symbol, bars: newestRevisions(rows).map(({ volumeSince: _, ...bar }) => bar) })
}

/** All of it at once; what is not kept any more may have been any. */
export function historySince(history: readonly ShownHistory[], tick: number): StreamEvents['history'] | null {
  const newer = history.filter((shown) => shown.tick > tick)
  const last = newer.at(-1)
  if (last === undefined) return null
  const lists = newer.map(({ news }) => news.changes)
  const isWhole = newer.length < HISTORY_KEPT_MAX && lists.every((changes) => changes !== null)
  return { historyVersion: last.news.historyVersion, changes: isWhole ? lists.flat() : null }
}

function keyOf(tick: number, alerts: number): string {
  return `${tick} ${alerts}`
}
