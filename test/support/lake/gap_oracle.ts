// Where bars are missing, by the plainest rule: window by window, with sets. What the view `gaps` is compared with.

const MINUTE_MS = 60_000

/** A symbol as symbol_calendars has it; times in milliseconds. */
export interface OracleSymbol {
  readonly symbol: string
  readonly calendar: string
  readonly hasHours: boolean
  readonly firstBar: number
  readonly expectedFrom: number
  readonly expectedUntil: number
  readonly fillableFrom: number | null
}

/** A session as market_sessions has it. */
export interface OracleSession {
  readonly calendar: string
  readonly tradeDate: string
  readonly session: string
  readonly starts: number
  readonly ends: number
}

/** A bar's symbol and the start of its window. */
export interface OracleBar {
  readonly symbol: string
  readonly start: number
}

/** A day as history_days has it. */
export interface OracleDay {
  readonly symbol: string
  readonly tradeDate: string
  readonly state: string
  readonly coveredFrom: number | null
  readonly coveredUntil: number | null
  readonly regularStart: number | null
  readonly regularEnd: number | null
}

/** All that the rule goes by. */
export interface OracleMarket {
  readonly symbols: readonly OracleSymbol[]
  readonly sessions: readonly OracleSession[]
  readonly bars: readonly OracleBar[]
  readonly history: readonly OracleBar[]
  readonly days: readonly OracleDay[]
}

/** A stretch of missing windows of one kind. */
export interface OracleGap {
  readonly symbol: string
  readonly tradeDate: string
  readonly starts: number
  readonly ends: number
  readonly reason: string
  readonly backfill: string
}

/** All gaps, by symbol and time. */
export function gapsOf(market: OracleMarket, windowMs = MINUTE_MS): readonly OracleGap[] {
  const found = market.symbols.flatMap((symbol) =>
    hoursOf(symbol, market).flatMap((hours) =>
      stretches(windowsMissing(symbol, { hours, market, windowMs }), windowMs),
    ),
  )
  const key = ({ symbol, starts, tradeDate, ends }: OracleGap) => `${symbol} ${starts} ${tradeDate} ${ends}`
  return found.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

type Hours = Pick<OracleSession, 'tradeDate' | 'starts' | 'ends'>

function hoursOf({ symbol, calendar, hasHours }: OracleSymbol, { sessions, days }: OracleMarket): readonly Hours[] {
  const known = sessions.filter((each) => each.calendar === calendar && each.session === 'regular')
  if (hasHours) return known
  const learned = days
    .filter((day) => day.symbol === symbol)
    .flatMap(({ tradeDate, regularStart, regularEnd }) =>
      regularStart !== null && regularEnd !== null && regularStart < regularEnd
        ? [{ tradeDate, starts: regularStart, ends: regularEnd }]
        : [],
    )
  return [...known, ...learned]
}

interface Missing extends Omit<OracleGap, 'ends'> {}

function windowsMissing(
  symbol: OracleSymbol,
  { hours, market, windowMs }: { hours: Hours; market: OracleMarket; windowMs: number },
): readonly Missing[] {
  const found: Missing[] = []
  const down = (time: number) => Math.floor(time / windowMs) * windowMs
  for (let start = down(hours.starts); start < hours.ends; start += windowMs) {
    if (start < down(symbol.expectedFrom) || start + windowMs > symbol.expectedUntil) continue
    const has = (bars: readonly OracleBar[], name?: string) =>
      bars.some((bar) => down(bar.start) === start && (name === undefined || bar.symbol === name))
    if (has(market.bars, symbol.symbol)) continue
    const day = market.days.find((each) => each.symbol === symbol.symbol && each.tradeDate === hours.tradeDate)
    const backfill = has(market.history, symbol.symbol) ? 'filled' : unfilled(start, { day, symbol, windowMs })
    const followed = start >= down(symbol.firstBar)
    const missed = !followed ? 'not_followed' : has(market.bars) ? 'source_silent' : 'down'
    const reason = backfill === 'not_needed' ? 'no_trade' : missed
    found.push({ symbol: symbol.symbol, tradeDate: hours.tradeDate, starts: start, reason, backfill })
  }
  return found
}

function unfilled(
  start: number,
  { day, symbol, windowMs }: { day: OracleDay | undefined; symbol: OracleSymbol; windowMs: number },
): string {
  if (day?.state === 'no_session') return 'not_needed'
  const { coveredFrom = null, coveredUntil = null } = day ?? {}
  const isCovered = coveredFrom !== null && coveredUntil !== null && start >= coveredFrom
  if (isCovered && start + windowMs <= coveredUntil) return 'not_needed'
  if (day?.state === 'none' || symbol.fillableFrom === null) return 'unavailable'
  return start < symbol.fillableFrom ? 'out_of_reach' : 'pending'
}

function stretches(missing: readonly Missing[], windowMs: number): readonly OracleGap[] {
  const found: OracleGap[] = []
  for (const { starts, ...window } of missing) {
    const last = found.at(-1)
    const goesOn = last?.ends === starts && last.reason === window.reason && last.backfill === window.backfill
    if (goesOn) found[found.length - 1] = { ...last, ends: starts + windowMs }
    else found.push({ ...window, starts, ends: starts + windowMs })
  }
  return found
}
