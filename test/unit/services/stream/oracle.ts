// The stream's rules once more, slow and obvious: after every event all of a symbol's quotes are looked at again.
// Written apart from the topology, so that a mistake would have to be made twice. Prices in tests: 2^-40 to 2^60.

import { createHash } from 'node:crypto'
import type { EpochMs } from '#runtime/units'
import type { AlertRule } from '#services/stream/alerts/rules'
import type { StreamConfig } from '#services/stream/config'
import type { UnstampedAlert, UnstampedBar } from '#services/stream/outputs'

/** A valid quote as it is read; a clock event has no quote. */
export interface OracleQuote {
  readonly symbol: string
  readonly price: number
  readonly timestamp: number
  readonly ingestTime: number
  readonly replayed?: boolean
  readonly id?: string
  readonly size?: number
  readonly dayVolume?: number
  readonly previousClose?: number
}

interface Accepted extends OracleQuote {
  readonly offset: number
  readonly start: number
  readonly inOrder: boolean
  readonly market: MarketFacts
}

type ClosedBy = UnstampedBar['closedBy']

/** A window's bar: as it was last put out, and the watermark at which that was first no longer so; null while it is. */
interface Known {
  readonly emitted: { readonly revision: number; readonly text: string; readonly complete: boolean } | null
  readonly changedAt: number | null
}

interface OracleSymbol {
  readonly accepted: Accepted[]
  readonly known: Map<number, Known>
  readonly fired: Map<string, { level: number; at: number; date: string }>
  lastIngest: number
  lastOffset: number
}

type Bar = Omit<UnstampedBar, 'symbol'> & { symbol: string }

/** What came out, in order. */
export interface OracleOutputs {
  readonly bars: Bar[]
  readonly late: { offset: number; lateBy: number }[]
  readonly alerts: Omit<UnstampedAlert, 'message'>[]
  duplicates: number
  stale: number
}

const DAY_MS = 86_400_000

function newSymbol(): OracleSymbol {
  return { accepted: [], known: new Map(), fired: new Map(), lastIngest: 0, lastOffset: 0 }
}

export class Oracle {
  readonly out: OracleOutputs = { bars: [], late: [], alerts: [], duplicates: 0, stale: 0 }
  readonly #config: StreamConfig
  readonly #rules: readonly AlertRule[]
  readonly #symbols = new Map<string, OracleSymbol>()
  readonly #marketAt: (timestamp: number) => MarketFacts
  #clock = 0

  /** Of a market in New York in a week without holidays, unless `marketAt` tells of another. */
  constructor(config: StreamConfig, rules: readonly AlertRule[], marketAt = newYorkSession) {
    this.#config = config
    this.#rules = rules
    this.#marketAt = marketAt
  }

  quote(quote: OracleQuote, offset: number): void {
    this.#clock = Math.max(this.#clock, quote.ingestTime)
    this.#closeSilent(this.#clock)
    const symbol = this.#symbols.get(quote.symbol) ?? newSymbol()
    this.#symbols.set(quote.symbol, symbol)
    if (this.#isDuplicate(symbol, quote)) {
      this.out.duplicates++
      return
    }
    symbol.lastIngest = this.#clock
    symbol.lastOffset = offset
    const start = this.#startOf(quote.timestamp)
    const end = start + this.#config.barIntervalMs
    const lateBy = this.#watermark(symbol) - (end + this.#config.allowedLatenessMs)
    if (lateBy >= 0) {
      this.out.late.push({ offset, lateBy })
      return
    }
    const inOrder = symbol.accepted.every((other) => other.timestamp <= quote.timestamp)
    const accepted = { ...quote, offset, start, inOrder, market: this.#marketAt(quote.timestamp) }
    symbol.accepted.push(accepted)
    this.#noticeChanges(symbol)
    this.#putOut(quote.symbol, symbol, 'watermark')
    if (inOrder) this.#alert(symbol, accepted)
  }

  clockReaches(now: number): void {
    this.#closeSilent(now)
  }

  drain(): void {
    for (const [name, symbol] of this.#bySilence()) this.#putOut(name, symbol, 'drain')
  }

  #closeSilent(clock: number): void {
    for (const [name, symbol] of this.#bySilence()) {
      if (clock - symbol.lastIngest >= this.#config.idleCloseMs) this.#putOut(name, symbol, 'idle')
    }
  }

  #bySilence(): [string, OracleSymbol][] {
    return [...this.#symbols].sort(([, a], [, b]) => a.lastIngest - b.lastIngest || a.lastOffset - b.lastOffset)
  }

  #noticeChanges(symbol: OracleSymbol): void {
    for (const start of this.#starts(symbol)) {
      const { emitted, changedAt } = symbol.known.get(start) ?? { emitted: null, changedAt: null }
      const hasChanged = emitted?.text !== JSON.stringify(this.#facts(symbol, start))
      if (hasChanged && changedAt === null) symbol.known.set(start, { emitted, changedAt: this.#watermark(symbol) })
    }
  }

  #putOut(name: string, symbol: OracleSymbol, closedBy: ClosedBy): void {
    for (const start of this.#starts(symbol)) {
      const { emitted, changedAt } = symbol.known.get(start) as Known
      if (changedAt === null || (closedBy === 'watermark' && !this.#isDue(symbol, start, changedAt))) continue
      const facts = this.#facts(symbol, start)
      const revision = emitted === null ? 0 : emitted.revision + 1
      const isWhole = start > Math.min(...this.#starts(symbol)) && !isFirstSight(symbol, start)
      const complete = emitted === null ? isWhole : emitted.complete
      symbol.known.set(start, { emitted: { revision, complete, text: JSON.stringify(facts) }, changedAt: null })
      this.out.bars.push({ symbol: name, ...facts, revision, closedBy, complete } as Bar)
    }
  }

  /**
   * What changed while the window was open waits for its end; what changed later, for the delay or for the window's
   * last moment.
   */
  #isDue(symbol: OracleSymbol, start: number, changedAt: number): boolean {
    const { barIntervalMs, revisionDelayMs, allowedLatenessMs } = this.#config
    const [end, watermark] = [start + barIntervalMs, this.#watermark(symbol)]
    if (changedAt < end) return watermark >= end
    return watermark >= changedAt + revisionDelayMs || watermark >= end + allowedLatenessMs
  }

  #facts(symbol: OracleSymbol, start: number) {
    const end = start + this.#config.barIntervalMs
    const quotes = symbol.accepted.filter((quote) => quote.start === start).sort(byTime)
    const prices = quotes.map((quote) => quote.price)
    const low = Math.min(...prices)
    const high = Math.max(...prices)
    const clamp = (mean: number) => Math.min(high, Math.max(low, mean))
    const { volume, vwap, volumeSince } = this.#volume(symbol, quotes, start)
    return {
      windowStart: start,
      windowEnd: end,
      ...this.#marketAt(start),
      open: prices[0],
      high,
      low,
      close: prices.at(-1),
      average: clamp(exactSum(prices) / prices.length),
      vwap: vwap === null || Number.isNaN(vwap) ? null : clamp(vwap),
      volume,
      volumeSince,
      count: quotes.length,
      firstOffset: Math.min(...quotes.map((quote) => quote.offset)),
      lastOffset: Math.max(...quotes.map((quote) => quote.offset)),
    }
  }

  #volume(symbol: OracleSymbol, quotes: Accepted[], start: number) {
    const sized = quotes.filter((quote) => quote.size !== undefined)
    if (sized.length > 0 && !quotes.some(isMerged)) {
      const volume = exactSum(sized.map((quote) => quote.size as number))
      const vwap = exactSum(sized.map((quote) => quote.price * (quote.size as number))) / volume
      return { volume, vwap, volumeSince: null }
    }
    return dayVolume(symbol.accepted.filter(hasTotal).sort(byTime), start)
  }

  #isDuplicate(symbol: OracleSymbol, quote: OracleQuote): boolean {
    const reach = this.#watermark(symbol) - this.#config.allowedLatenessMs
    return symbol.accepted.some(
      (other) => quote.id !== undefined && other.id === quote.id && other.start + this.#config.barIntervalMs > reach,
    )
  }

  #isStale({ staleAfterMs }: AlertRule, quote: Accepted): boolean {
    if (quote.replayed || staleAfterMs === null) return false
    let openMs = 0
    for (let at = quote.timestamp; at < quote.ingestTime; ) {
      const next = Math.min(quote.ingestTime, Math.floor(at / 60_000 + 1) * 60_000)
      if (this.#marketAt(at).session === 'regular') openMs += next - at
      at = next
    }
    return openMs > staleAfterMs
  }

  #alert(symbol: OracleSymbol, quote: Accepted): void {
    if (this.#rules.some((rule) => this.#isStale(rule, quote))) this.out.stale++
    for (const rule of this.#rules) {
      if (this.#isStale(rule, quote)) continue
      const reference = referenceOf(rule, symbol, quote)
      if (reference === null) continue
      const percent = (quote.price / reference.price - 1) * 100
      for (const direction of ['up', 'down'] as const) {
        const move = direction === 'up' ? percent : -percent
        const key = `${rule.name} ${direction}`
        const fired = symbol.fired.get(key) ?? { level: 0, at: Number.NEGATIVE_INFINITY, date: '' }
        if (rule.withinMs === null && dateOf(quote) > fired.date) fired.level = 0
        if (move < rule.rearm * rule.percent && quote.timestamp - fired.at >= rule.cooldownMs) fired.level = 0
        symbol.fired.set(key, fired)
        const level = Math.floor(move / rule.percent + 1e-9)
        if (level < 1 || level <= fired.level) continue
        symbol.fired.set(key, { level, at: quote.timestamp, date: dateOf(quote) })
        const named = [rule.name, quote.symbol, direction, level, quote.timestamp]
        this.out.alerts.push({
          id: createHash('sha256').update(JSON.stringify(named)).digest('hex').slice(0, 24),
          rule: rule.name,
          symbol: quote.symbol,
          direction,
          level,
          eventTime: quote.timestamp as UnstampedAlert['eventTime'],
          ...quote.market,
          percent,
          price: quote.price,
          referencePrice: reference.price,
          referenceTime: reference.time as UnstampedAlert['referenceTime'],
        })
      }
    }
  }

  #watermark(symbol: OracleSymbol): number {
    return Math.max(...symbol.accepted.map((quote) => quote.timestamp)) - this.#config.watermarkDelayMs
  }

  #starts(symbol: OracleSymbol): number[] {
    return [...new Set(symbol.accepted.map((quote) => quote.start))].sort((a, b) => a - b)
  }

  #startOf(timestamp: number): number {
    return timestamp - (timestamp % this.#config.barIntervalMs)
  }
}

/** Units that were counted in a window, at a price. */
interface Counted {
  readonly start: number
  readonly units: number
  readonly price: number
}

/** All of a symbol's totals are counted from the first one on, and what falls into the window is summed up. */
function dayVolume(totals: readonly Accepted[], start: number) {
  const [first] = totals
  if (first === undefined || first.start === start || totals.every((each) => each.start !== start)) {
    return { volume: null, vwap: null, volumeSince: null }
  }
  const counted = [...Map.groupBy(totals, dateOf).values()].flatMap((own) =>
    own[0] === first ? countedOf(own.slice(1), first.dayVolume as number) : countedOf(withoutCarried(own, totals), 0),
  )
  const inWindow = counted.filter((each) => each.start === start)
  const volume = inWindow.reduce((sum, { units }) => sum + units, 0)
  const vwap = inWindow.reduce((sum, { units, price }) => sum + units * price, 0) / volume
  return { volume, vwap, volumeSince: totals.findLast((each) => each.start < start)?.timestamp as EpochMs }
}

/** Without those at the beginning that repeat the last total before the trade date, or tell that it is 0 so far. */
function withoutCarried(own: readonly Accepted[], totals: readonly Accepted[]): readonly Accepted[] {
  const before = totals[totals.indexOf(own[0] as Accepted) - 1]
  const begin = own.findIndex(({ dayVolume: total }) => total !== 0 && total !== before?.dayVolume)
  return begin < 0 ? [] : own.slice(begin)
}

/** What the totals of one trade date add, one after the other. */
function countedOf(totals: readonly Accepted[], from: number): Counted[] {
  let counted: Counted[] = []
  let level = from
  let fall: { readonly from: number; readonly start: number; readonly before: readonly Counted[] } | null = null
  for (const { dayVolume: total = 0, start, price } of totals) {
    if (total > level && fall !== null) {
      if (total >= fall.from) {
        // A glitch: nothing of it in this window, and what was put out of it before is taken off.
        if (fall.start === start) counted = [...fall.before]
        level = fall.from + sumOf(counted.slice(fall.before.length))
      }
      fall = null
    }
    if (total > level) counted.push({ start, units: total - level, price })
    if (total < level / 4) {
      fall ??= { from: level, start, before: [...counted] }
      counted.push({ start, units: total, price })
      level = total
    }
    level = Math.max(level, total)
  }
  return counted
}

function sumOf(counted: readonly Counted[]): number {
  return counted.reduce((sum, { units }) => sum + units, 0)
}

function isFirstSight({ accepted }: OracleSymbol, start: number): boolean {
  const quotes = accepted.filter((quote) => quote.start === start)
  const isBySize = quotes.some((quote) => quote.size !== undefined) && !quotes.some(isMerged)
  const [first] = accepted.filter(hasTotal).sort(byTime)
  return !isBySize && first?.start === start
}

function hasTotal(quote: Accepted): boolean {
  return quote.dayVolume !== undefined
}

function isMerged(quote: Accepted): boolean {
  return hasTotal(quote) && quote.size === undefined
}

function dateOf(quote: Accepted): string {
  return quote.market.tradeDate
}

function referenceOf(rule: AlertRule, symbol: OracleSymbol, quote: Accepted) {
  if (rule.withinMs === null) {
    return quote.previousClose === undefined ? null : { price: quote.previousClose, time: null }
  }
  const within = rule.withinMs
  const known = symbol.accepted.filter((other) => other.inOrder && other.offset < quote.offset).sort(byTime)
  const found = known.findLast((other) => other.timestamp <= quote.timestamp - within)
  // Of one instant the last price stands.
  const oldest = known.findLast((other) => other.timestamp === known[0]?.timestamp)
  const reference = found ?? oldest
  return reference === undefined ? null : { price: reference.price, time: reference.timestamp }
}

function byTime(a: Accepted, b: Accepted): number {
  return a.timestamp - b.timestamp || a.offset - b.offset
}

/** The exact sum of doubles as a whole number of 2^-200, rounded once. */
export function exactSum(values: readonly number[]): number {
  const total = values.reduce((sum, value) => sum + wholeUnits(value), 0n)
  return fromUnits(total)
}

function wholeUnits(value: number): bigint {
  let units = 0
  let scaled = value
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    units++
  }
  return BigInt(scaled) << BigInt(200 - units)
}

function fromUnits(units: bigint): number {
  return Number(units) / 2 ** 200
}

const newYork = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'America/New_York',
  dateStyle: 'short',
  timeStyle: 'short',
})

/** What a market does, and for which date. */
export type MarketFacts = Pick<UnstampedBar, 'tradeDate' | 'session'>

/** By minute: Intl is slow. */
const knownSessions = new Map<number, MarketFacts>()

function newYorkSession(timestamp: number): MarketFacts {
  const minute = Math.floor(timestamp / 60_000)
  const known = knownSessions.get(minute) ?? newYorkMinute(minute * 60_000)
  knownSessions.set(minute, known)
  return known
}

/** What New York's stock market does on an ordinary weekday, and for which date. */
function newYorkMinute(timestamp: number): MarketFacts {
  const [date = '', time = ''] = newYork.format(timestamp).split(' ')
  if (time >= '20:00') {
    const next = new Date(Date.parse(date) + DAY_MS).toISOString().slice(0, 10)
    return { tradeDate: next, session: 'overnight' }
  }
  const session = time < '04:00' ? 'overnight' : time < '09:30' ? 'pre' : time < '16:00' ? 'regular' : 'post'
  return { tradeDate: date, session }
}
