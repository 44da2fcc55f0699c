// Simulated trading days as a feed sends them, and the ledger of what was traded on them: the truth that volumes of
// bars are compared with.

import type { Quote } from '#market/quote'
import { tradeDateText } from '#market/session'
import type { EpochMs } from '#runtime/units'
import type { SourceRecord } from '#services/producer/sources/quote_source'
import { type FaultRates, faultInjector, NO_FAULTS } from '#services/producer/sources/simulator/faults'
import { newMarket, simulatedMarket } from '#services/producer/sources/simulator/simulated_market'
import { calendars, type GivenMarket, marketOptions } from '#support/simulated_markets'

/** Which days, and how they are told. */
export interface GivenDays extends GivenMarket {
  readonly symbols: readonly string[]
  /** ISO instants; each symbol has a turn every `roundS` seconds between them. */
  readonly from: string
  readonly to: string
  readonly roundS?: number
  readonly faults?: Partial<FaultRates>
}

/** A record at the time it was sent. */
export interface SentRecord {
  readonly record: SourceRecord
  readonly timestamp: EpochMs
}

/** What was sent, and `symbol date` to the units that were traded up to the last record of that date with a total. */
export interface SimulatedDays {
  readonly records: readonly SentRecord[]
  readonly ledger: ReadonlyMap<string, number>
}

/** Makes the days. */
export function simulatedDays({ from, to, roundS = 10, faults: given = {}, ...others }: GivenDays): SimulatedDays {
  const faults = { ...NO_FAULTS, ...given }
  const quotesPerSecond = others.symbols.length / roundS
  const clean = marketOptions({ session: 'exchange', ...others, quotesPerSecond })
  const startMs = Date.parse(from)
  const begin = newMarket(clean, { startMs, firstJumpMs: Number.MAX_SAFE_INTEGER })
  // The same market with and without its faults: prices, ids and trades are the same.
  const truth = simulatedMarket(clean, begin)
  const market = simulatedMarket({ ...clean, totalFaults: faults }, begin)
  const injector = faultInjector(faults, { seed: clean.seed, symbols: clean.symbols.length, rate: quotesPerSecond })
  const records: SentRecord[] = []
  const traded = new Map<string, number>()
  const ledger = new Map<string, number>()
  const turns = Math.floor(((Date.parse(to) - startMs) / 1000) * quotesPerSecond)
  for (let count = 0; count < turns; count++) {
    const timestamp = Math.floor(startMs + (count * 1000) / quotesPerSecond) as EpochMs
    const quote = market.next(timestamp)
    const size = truth.next(timestamp)?.size ?? 0
    if (quote === null) continue
    const out: SourceRecord[] = []
    injector.apply(quote, { count, seconds: count / quotesPerSecond, openedMs: market.openedMs() }, out)
    const day = dayOf(quote)
    traded.set(day, (traded.get(day) ?? 0) + size)
    if (out.some(hasTotal)) ledger.set(day, traded.get(day) as number)
    records.push(...out.map((record) => ({ record, timestamp })))
  }
  return { records, ledger }
}

/** All days but the first one of each symbol: of that nobody knows what was before it was seen. */
export function withoutFirstDays(days: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const seen = new Set<string>()
  return new Map([...days].filter(([day]) => seen.size === seen.add(day.slice(0, day.indexOf(' '))).size))
}

function hasTotal({ value }: SourceRecord): boolean {
  return JSON.parse(value as string).dayVolume !== undefined
}

/** `AAPL 2026-11-27`: the trading day of a quote. */
function dayOf({ symbol, exchange, timestamp }: Quote): string {
  return `${symbol} ${tradeDateText(calendars.of({ symbol, exchange, zone: null }).spanAt(timestamp).tradeDate)}`
}
