// What a replay that begins in the middle cannot know: a symbol's windows, day volume, prices and fired alerts of
// before. A symbol is taken as known again when its event time has got beyond everything that its first quotes could
// still touch; its alerts with the trade date after, its day volume with that after the first total that was seen.

import type { Calendar } from '#calendar/calendar'
import { exchangeZoneOf, type Quote } from '#market/quote'
import type { TradeDate } from '#market/session'
import { type OutputFields, type OutputKind, VOLUME_MEMBERS } from '#services/audit/replay_check/output'
import type { TopologySettings } from '#services/stream/config'

/** The quotes of a symbol that tell where its event time stands; the very first may be a late one. */
const FIRST_QUOTES = 16

interface SymbolStart {
  quotes: number
  /** Windows from here on are as if all had been read. */
  knownFrom: number
  /** The offset that got there. */
  knownAt: number
  /** Rules have all the prices that they look back on from here on, and what fired before is past its cooldown. */
  alertsFrom: number
  readonly calendar: Calendar
  readonly tradeDate: TradeDate
  /** Of its first total; null before it. */
  totalsSince: TradeDate | null
}

/** What is known of a partition's symbols. */
export class ColdStart {
  readonly #settings: TopologySettings
  readonly #symbols = new Map<string, SymbolStart>()
  readonly #reachMs: number
  readonly #alertReachMs: number

  constructor(settings: TopologySettings) {
    this.#settings = settings
    const { allowedLatenessMs, watermarkDelayMs, barIntervalMs, decoder, rules } = settings
    this.#reachMs = allowedLatenessMs + watermarkDelayMs + barIntervalMs + decoder.settings.futureToleranceMs
    this.#alertReachMs = Math.max(0, ...rules.map(({ withinMs, cooldownMs }) => Math.max(withinMs ?? 0, cooldownMs)))
  }

  /** Takes note of a valid quote. */
  meet(quote: Quote, offset: number): void {
    const start = this.#symbols.get(quote.symbol) ?? this.#newSymbol(quote)
    if (start.quotes < FIRST_QUOTES) {
      start.quotes++
      start.knownFrom = Math.max(start.knownFrom, quote.timestamp + this.#reachMs)
      start.alertsFrom = Math.max(start.alertsFrom, quote.timestamp + this.#alertReachMs)
    }
    if (quote.dayVolume !== null) start.totalsSince ??= start.calendar.spanAt(quote.timestamp).tradeDate
    if (quote.timestamp >= start.knownFrom) start.knownAt = Math.min(start.knownAt, offset)
  }

  /** Whether an output can be as it was emitted; `changed` are the members that differ. */
  isKnown(kind: OutputKind, fields: OutputFields, changed: readonly string[]): boolean {
    if (kind === 'dead letters') return true
    const start = this.#symbols.get(String(fields.symbol))
    if (start === undefined) return false
    if (kind === 'late quotes') return Number(fields.originOffset) >= start.knownAt
    const time = Number(kind === 'bars' ? fields.windowStart : fields.eventTime)
    const { tradeDate } = start.calendar.spanAt(time)
    if (kind === 'alerts') return tradeDate > start.tradeDate && time >= start.alertsFrom
    const isVolumeKnown = start.totalsSince === null || tradeDate > start.totalsSince
    return time >= start.knownFrom && (isVolumeKnown || !mayComeOfVolume(fields, changed))
  }

  #newSymbol(quote: Quote): SymbolStart {
    const known = { knownFrom: 0, knownAt: Number.POSITIVE_INFINITY, alertsFrom: 0 }
    const { symbol, exchange, timestamp } = quote
    const calendar = this.#settings.calendars.of({ symbol, exchange, zone: exchangeZoneOf(quote) })
    const { tradeDate } = calendar.spanAt(timestamp)
    const start: SymbolStart = { quotes: 0, ...known, calendar, tradeDate, totalsSince: null }
    this.#symbols.set(quote.symbol, start)
    return start
  }
}

/** Whether a bar may differ by its volume alone, or be a revision, or lack one, for no other reason. */
function mayComeOfVolume({ revision }: OutputFields, changed: readonly string[]): boolean {
  return changed.length === 0 ? Number(revision) > 0 : changed.every((name) => VOLUME_MEMBERS.has(name))
}
