// What is held of the topics: the board of symbols, the newest bars and alerts, and where they stand. Pure: the feed
// fills it (live_feed.ts), answers and the event stream read it.

import { createHash } from 'node:crypto'
import type { Calendar, Calendars } from '#calendar/calendar'
import { PRICES_TOPIC } from '#market/topics'
import { PlatformError } from '#runtime/errors'
import type { EpochMs } from '#runtime/units'
import type { AlertRow, Position } from '#services/web/api'
import { KeptRecords } from '#services/web/live/kept_records'
import { ALERTS_KEPT_MAX, BARS_KEPT_MAX, SYMBOLS_MAX } from '#services/web/live/limits'
import { liveBars } from '#services/web/live/live_bars'
import { type Place, placeText } from '#services/web/live/place_text'
import type { LiveBars, TopicBar } from '#services/web/live/seam'
import { SymbolBoard } from '#services/web/live/symbol_board'

/** How the records are held. */
export interface LiveRecordsOptions {
  readonly barIntervalMs: number
  readonly calendars: Calendars
  /** A name of these records that no others have: their ticks count from the beginning. */
  readonly id: string
  readonly symbolsMax?: number
  readonly barsKeptMax?: number
  readonly alertsKeptMax?: number
}

/** The live records of all symbols. */
export class LiveRecords {
  readonly board: SymbolBoard
  readonly bars: KeptRecords<TopicBar>
  readonly alerts: KeptRecords<AlertRow>
  /** For whoever answers for bars. */
  readonly seam: LiveBars
  readonly #ticksLife: string
  #topicsLife: string | null = null
  /** The newest event time by topic; of dead letters the ingest time. */
  readonly #newest = new Map<string, EpochMs>()
  #trouble: PlatformError | null = null
  #generation = 0
  readonly #answered = Promise.withResolvers<void>()

  constructor({ barIntervalMs, calendars, id, ...limits }: LiveRecordsOptions) {
    this.board = new SymbolBoard({ symbolsMax: limits.symbolsMax ?? SYMBOLS_MAX, barIntervalMs, calendars })
    this.bars = new KeptRecords(limits.barsKeptMax ?? BARS_KEPT_MAX)
    this.alerts = new KeptRecords(limits.alertsKeptMax ?? ALERTS_KEPT_MAX)
    this.seam = liveBars({
      kept: this.bars,
      forming: (symbol) => this.board.forming(symbol),
      calendarOf: (symbol) => this.board.calendarOf(symbol),
      position: () => this.position(),
    })
    this.#ticksLife = lifeOf(id)
  }

  /** Changes when records were missed: whoever was told of bars and alerts before has to ask anew. */
  get generation(): number {
    return this.#generation
  }

  /** Where the records stand; null until the topics are known. What changes in this tick may not be in it. */
  get place(): Place | null {
    const [bars, alerts] = [this.bars.position, this.alerts.position]
    if (this.#topicsLife === null || bars === null || alerts === null) return null
    const tick = this.board.tick - 1
    return { topicsLife: this.#topicsLife, ticksLife: this.#ticksLife, tick, bars: bars.next, alerts: alerts.next }
  }

  /** Resolves once the topics are known, or the log has said for the first time why they are not. */
  get answered(): Promise<void> {
    return this.#answered.promise
  }

  /** The place. Throws what the log does not answer with, or LOG_FAILED, until the topics are known. */
  requirePlace(): Place {
    const { place } = this
    if (place !== null) return place
    if (this.#trouble !== null) throw this.#trouble
    throw new PlatformError('LOG_FAILED', 'the topics are not read yet; ask again in a moment', { retryable: true })
  }

  /** The place as text. Throws as `requirePlace` does. */
  position(): Position {
    return placeText(this.requirePlace())
  }

  /** Of the newest quote of all; null before the first one. */
  newestQuote(): ReturnType<SymbolBoard['newestQuote']> {
    return this.board.newestQuote()
  }

  /** Those of the markets that all symbols trade in. */
  followedCalendars(): readonly Calendar[] {
    return this.board.calendars()
  }

  /** The event time of a topic's newest record; of dead letters the ingest time. Null before the first one. */
  newestEventTime(topic: string): EpochMs | null {
    if (topic === PRICES_TOPIC) return this.newestQuote()?.eventTime ?? null
    return this.#newest.get(topic) ?? null
  }

  /** A record of the topic has that event time; null: it has none. */
  see(topic: string, time: EpochMs | null): void {
    if (time !== null && time > (this.#newest.get(topic) ?? 0)) this.#newest.set(topic, time)
  }

  /** Bars or alerts have begun anew, or some are gone. */
  gap(): void {
    this.#generation++
    const [bars, alerts] = [this.bars.position, this.alerts.position]
    if (bars === null || alerts === null) return
    this.#topicsLife = lifeOf(`${bars.topicId} ${alerts.topicId}`)
    this.#answered.resolve()
  }

  /** What the log does not answer with; null: it answers. */
  trouble(error: PlatformError | null): void {
    this.#trouble = error
    if (error !== null) this.#answered.resolve()
  }
}

const LIFE_CHARS = 12

function lifeOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, LIFE_CHARS)
}
