// All viewers of the event stream. While there are any, a tick every 250 ms tells each of them what has changed since
// it was told last; without any, nothing is done.

import { type Clock, waitAtMost } from '#runtime/clock'
import { messageOf } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import type { EpochMs, Offset } from '#runtime/units'
import type { FlowState, StreamEvents } from '#services/web/api'
import { type EventText, eventText, withPosition } from '#services/web/events/event_text'
import {
  ALERTS_AT_ONCE_MAX,
  BARS_AT_ONCE_MAX,
  BEAT_MS,
  HISTORY_KEPT_MAX,
  TICK_MS,
  TOPICS_WAIT_MS,
  VIEWER_STALLED_MS,
  VIEWERS_MAX,
} from '#services/web/events/limits'
import {
  barsEvent,
  RELOAD_REASON,
  type ShownFlow,
  type ShownHistory,
  TickFrames,
  type Told,
} from '#services/web/events/tick_frames'
import { Viewer } from '#services/web/events/viewer'
import type { KeptRecords } from '#services/web/live/kept_records'
import type { LiveRecords } from '#services/web/live/live_records'
import { type Place, parsePlace, placeText } from '#services/web/live/place_text'
import type { TopicPosition } from '#services/web/live/seam'
import { RequestError } from '#services/web/request_error'

/** What the hub stands on. */
export interface HubParts {
  readonly live: LiveRecords
  readonly clock: Clock
  readonly logger: Logger
  /** What the first event says besides. */
  readonly build: string
  readonly sql: boolean
}

/** What a viewer asks for. */
export interface ViewerQuestion {
  /** Null: no bars. */
  readonly symbol: string | null
  /** The position to go on from; null: from now. */
  readonly after: string | null
}

/** What came of the stream since the start. */
export interface HubCounts {
  /** Now. */
  readonly viewers: number
  /** Ticks in which a viewer had no room for what there was. */
  readonly waits: number
  /** Viewers that had to ask anew. */
  readonly reloads: number
}

/** The viewers. */
export class EventHub {
  readonly #parts: HubParts
  readonly #viewers = new Set<Viewer>()
  #flow: ShownFlow | null = null
  #history: readonly ShownHistory[] = []
  #isTicking = false
  readonly #closed = new AbortController()
  #waits = 0
  #reloads = 0

  constructor(parts: HubParts) {
    this.#parts = parts
  }

  get counts(): HubCounts {
    return { viewers: this.#viewers.size, waits: this.#waits, reloads: this.#reloads }
  }

  /** Whether anybody watches. */
  get isWatched(): boolean {
    return this.#viewers.size > 0
  }

  /** The state of the flow as all viewers are to see it from now on. */
  showFlow(state: FlowState): void {
    this.#flow = { state, tick: this.#parts.live.board.tick }
  }

  /** Bars of history have come, and all viewers are to hear of them. */
  showHistory(news: StreamEvents['history']): void {
    const shown = { news, tick: this.#parts.live.board.tick }
    this.#history = [...this.#history, shown].slice(-HISTORY_KEPT_MAX)
  }

  /**
   * Resolves when the topics are known, or will not be soon. A page that is opened while the service begins is better
   * held than sent away: it would come back later, and browsers show a refusal as an error.
   */
  async topicsKnown(signal: AbortSignal): Promise<void> {
    const { live, clock } = this.#parts
    if (live.place !== null) return
    const ends = AbortSignal.any([signal, this.#closed.signal])
    await waitAtMost(live.answered, { ms: TOPICS_WAIT_MS, clock, signal: ends })
  }

  /** A stream for a new viewer. Throws a RequestError when there are too many, LOG_ errors while topics are away. */
  open({ symbol, after }: ViewerQuestion): ReadableStream<Uint8Array> {
    const { live, clock } = this.#parts
    if (this.#viewers.size >= VIEWERS_MAX) throw tooMany()
    const place = live.requirePlace()
    const { told, events } = after === null ? this.#fromNow(symbol) : this.#resume(symbol, parsePlace(after))
    const now = clock.now()
    // Quotes since the viewer's tick come with the next one: until then it does not stand further than that.
    const first = withPosition([...this.#greeting(told), ...events], placeText({ ...place, tick: told.tick }))
    const viewer: Viewer = new Viewer(told, { first, now, onGone: () => this.#viewers.delete(viewer) })
    this.#viewers.add(viewer)
    void this.#tickOn()
    return viewer.stream
  }

  /** Ends all streams. */
  close(): void {
    this.#closed.abort()
    this.#closeViewers()
  }

  /** With the flow, unless that comes with the next tick. */
  #greeting({ tick }: Told): EventText[] {
    const { clock, build, sql } = this.#parts
    const historyVersion = this.#history.at(-1)?.news.historyVersion ?? null
    const hello = eventText('hello', { build, sql, now: clock.now(), historyVersion })
    const flow = this.#flow
    return flow === null || flow.tick > tick ? [hello] : [hello, eventText('flow', flow.state)]
  }

  #fromNow(symbol: string | null): Beginning {
    const { live } = this.#parts
    const { board, bars, alerts, generation } = live
    const told = { symbol, tick: board.tick - 1, bars: bars.sequence, alerts: alerts.sequence, generation }
    return { told, events: [] }
  }

  #resume(symbol: string | null, place: Place | null): Beginning {
    const { live } = this.#parts
    const here = this.#fromNow(symbol)
    const missed = place === null ? null : missedSince(live, { symbol, place })
    if (place === null || missed === null) {
      this.#reloads++
      return { ...here, events: [eventText('reload', { reason: RELOAD_REASON })] }
    }
    const { ticksLife } = live.requirePlace()
    const isOfThisLife = place.ticksLife === ticksLife && place.tick < live.board.tick
    return { told: { ...here.told, tick: isOfThisLife ? place.tick : 0 }, events: missed }
  }

  async #tickOn(): Promise<void> {
    if (this.#isTicking) return
    this.#isTicking = true
    while (this.isWatched && !this.#closed.signal.aborted) {
      await this.#parts.clock.sleep(TICK_MS, this.#closed.signal)
      try {
        this.#tick()
      } catch (error) {
        // Nobody awaits a tick: a bug in it must not end the process, in which others run.
        this.#parts.logger.error(
          { err: error },
          `the page's event stream failed, and this is a bug: ${messageOf(error)}`,
        )
        this.#closeViewers()
      }
    }
    this.#isTicking = false
  }

  #closeViewers(): void {
    for (const viewer of this.#viewers) viewer.close()
  }

  #tick(): void {
    const { live, clock } = this.#parts
    const now = clock.now()
    live.board.moveTo(now)
    // What changes from here on is of the next tick.
    live.board.tick++
    const frames = new TickFrames({ live, now, position: live.position(), flow: this.#flow, history: this.#history })
    for (const viewer of this.#viewers) {
      if (viewer.isAsking && frames.hasTurn(viewer.told)) this.#tell(viewer, frames, now)
      else if (viewer.isAsking) this.#waits++
      else if (now - viewer.sentAt >= VIEWER_STALLED_MS) viewer.close()
      else this.#waits++
    }
  }

  #tell(viewer: Viewer, frames: TickFrames, now: EpochMs): void {
    const { pieces, isReload } = frames.of(viewer.told)
    if (isReload) this.#reloads++
    if (pieces.length > 0) viewer.send(pieces, now)
    else if (now - viewer.sentAt >= BEAT_MS) viewer.send([frames.beat()], now)
    Object.assign(viewer.told, this.#fromNow(viewer.told.symbol).told)
  }
}

/** Where a viewer begins, and what it is told first. */
interface Beginning {
  readonly told: Told
  readonly events: readonly EventText[]
}

/** The bars and alerts since a place, as events; null when they are not at hand. */
function missedSince(
  live: LiveRecords,
  { symbol, place }: { symbol: string | null; place: Place },
): EventText[] | null {
  const { bars, alerts } = live
  if (place.topicsLife !== live.requirePlace().topicsLife) return null
  if (!alerts.holdsAllSince(place.alerts)) return null
  const news = alerts.since(positionIn(alerts, place.alerts)).records.map(({ row }) => row)
  if (news.length > ALERTS_AT_ONCE_MAX) return null
  const events = news.length === 0 ? [] : [eventText('alerts', { alerts: news })]
  if (symbol === null) return events
  if (!bars.holdsAllSince(place.bars)) return null
  const sinceBars = bars.since(positionIn(bars, place.bars)).records
  const rows = sinceBars.flatMap((each) => (each.symbol === symbol ? [each.row] : []))
  if (rows.length > BARS_AT_ONCE_MAX) return null
  return rows.length === 0 ? events : [barsEvent(symbol, rows), ...events]
}

function positionIn<R>({ position }: KeptRecords<R>, next: readonly Offset[]): TopicPosition | null {
  return position === null ? null : { topicId: position.topicId, next }
}

function tooMany(): RequestError {
  const message = `${VIEWERS_MAX} pages are open already; close one, or try again later`
  return new RequestError(503, 'TOO_MANY_VIEWERS', { message, headers: { 'retry-after': '30' } })
}
