// Which market a symbol's quotes come from. It is looked for again only when they say something else of their exchange.
// Their zone is looked at only where it decides, since it stands among the fields that are not ours.
// No image holds any of it: the next quote tells it again.

import type { Calendar, Calendars } from '#calendar/calendar'
import type { QuoteView } from '#market/decoding/quote_view'

/** What a symbol's last quote told of its market. */
export interface SymbolMarket {
  readonly symbol: string
  exchange: string | null
  zone: string | null
  /** Whether neither exchange nor symbol tell the market, so that each quote's zone is looked at. */
  zoneDecides: boolean
  /** Null before the first quote. */
  calendar: Calendar | null
}

/** Two zones that share no market: where both lead to one calendar, no zone matters. */
const ZONE = 'Asia/Tokyo'
const OTHER_ZONE = 'America/Sao_Paulo'

/** The calendar of the market that a quote of the symbol comes from. */
export function calendarOf(calendars: Calendars, market: SymbolMarket, quote: QuoteView): Calendar {
  const { calendar } = market
  if (calendar !== null && quote.isExchange(market.exchange)) {
    if (!market.zoneDecides || quote.exchangeZone === market.zone) return calendar
  }
  return findCalendar(calendars, market, quote)
}

function findCalendar(
  calendars: Calendars,
  market: SymbolMarket,
  { exchange, exchangeZone: zone }: QuoteView,
): Calendar {
  const { symbol } = market
  const inZone = calendars.of({ symbol, exchange, zone: ZONE })
  market.exchange = exchange
  market.zone = zone
  market.zoneDecides = calendars.of({ symbol, exchange, zone: OTHER_ZONE }) !== inZone
  market.calendar = market.zoneDecides ? calendars.of({ symbol, exchange, zone }) : inZone
  return market.calendar
}
