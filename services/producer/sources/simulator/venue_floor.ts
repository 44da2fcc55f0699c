// A venue with what its quotes say of volumes and closes. Both follow from its day and are made anew when that changes.

import type { Session } from '#market/session'
import { DAY_MS } from '#runtime/units'
import { seedOf } from '#services/producer/sources/simulator/seeded_random'
import { dayTotals, NO_TOTAL_FAULTS, rollingTotal, type Traded } from '#services/producer/sources/simulator/totals'
import {
  lastTurn,
  type OpenVenue,
  openVenue,
  type Venue,
  type VenueDay,
} from '#services/producer/sources/simulator/venue'
import type { ListedSymbol, MarketOptions } from '#services/producer/sources/simulator/venues'

/** To be asked of turns whose session `venue` has told, and of them alone. */
export interface VenueFloor {
  readonly venue: OpenVenue
  /** The last price of the regular trading before. */
  previousCloseAt(count: number): number
  tradedAt(count: number, session: Session): Traded
}

/** Where venues stand, and the last prices of all symbols before a count. */
interface FloorStart {
  readonly days: readonly VenueDay[]
  readonly closesAt: (count: number) => readonly number[]
}

/** Opens each venue on its day. */
export function openFloors(options: MarketOptions, { days, closesAt }: FloorStart): readonly VenueFloor[] {
  const symbols = options.symbols.length
  return options.venues.map((place, number) => {
    const venue = openVenue(place, days[number] as VenueDay, symbols)
    const tradedAt = totalsOf(place, { venue, options })
    let closedAt: number | null = null
    let closes: readonly number[] = []
    return {
      venue,
      previousCloseAt(count) {
        const at = venue.closedAt(count)
        if (at !== closedAt) {
          closedAt = at
          closes = closesAt(at)
        }
        return closes[count % symbols] as number
      },
      tradedAt: (count, session) => {
        const { hasVolume } = options.symbols[count % symbols] as ListedSymbol
        return hasVolume ? tradedAt(count, session) : NO_VOLUME
      },
    }
  })
}

const NO_VOLUME: Traded = { dayVolume: null, size: null }

function totalsOf(
  { calendar }: Venue,
  { venue, options }: { readonly venue: OpenVenue; readonly options: MarketOptions },
): VenueFloor['tradedAt'] {
  const { seed, quotesPerSecond, totalFaults: faults = NO_TOTAL_FAULTS } = options
  const symbols = options.symbols.length
  const tradeSeed = seedOf(seed, calendar.name)
  if (calendar.totals === 'rolling') {
    const roundsPerDay = Math.ceil(((DAY_MS / 1000) * quotesPerSecond) / symbols)
    return (count) => rollingTotal(count, { seed: tradeSeed, symbols, roundsPerDay })
  }
  let date = Number.NaN
  let totals = dayTotals({ seed: tradeSeed, symbols, faults })
  return (count, session) => {
    if (venue.date !== date) {
      date = venue.date
      totals = dayTotals({ seed: seedOf(tradeSeed, String(date)), symbols, faults })
    }
    if (session === 'regular') return totals.tradedAt(count - venue.start)
    // Nothing is added outside regular trading: the total stays what it came to, yesterday's before the opening.
    const last = lastTurn(venue.endAt(count), { index: count % symbols, symbols })
    return { dayVolume: totals.totalAt(last - venue.start), size: null }
  }
}
