// The position of a simulated market in the log: where it stands, and the settings that this belongs to.

import { seedOf } from '#services/producer/sources/simulator/seeded_random'
import type { MarketState } from '#services/producer/sources/simulator/simulated_market'

/** What decides, with the seed, which quotes come next. */
interface Settings {
  readonly symbols: readonly string[]
  readonly rate: number
}

/** A position as it was read. */
export interface SimulatorPosition {
  /** Tells lists of symbols apart. */
  readonly symbols: number
  readonly rate: number
  readonly state: MarketState
}

/** Makes the texts of positions. */
export function positionEncoder({ symbols, rate }: Settings): (state: MarketState) => string {
  const settings = { symbols: hashOf(symbols), rate }
  return (state) => JSON.stringify({ ...settings, state } satisfies SimulatorPosition)
}

/** The position in a text that such an encoder has made. */
export function decodePosition(text: string): SimulatorPosition {
  return JSON.parse(text) as SimulatorPosition
}

/** Whether a market of these settings can go on from the position to the quote. */
export function isSameMarket(position: SimulatorPosition, { symbols, rate }: Settings): boolean {
  return position.symbols === hashOf(symbols) && position.rate === rate
}

function hashOf(symbols: readonly string[]): number {
  return seedOf(0, symbols.join(' '))
}
