// What foreign producers append: quotes in disorder, late ones, duplicates, wrong keys, and what is no quote at all;
// busy times and silences. Each input says what must become of it, so that the check need not ask the code under test.

import { ORIGIN_HEADER } from '#market/headers'
import type { Random } from '../world/random.ts'
import { configAt, STARTED_AT } from './settings.ts'

/** A record to be appended. */
export interface PlannedInput {
  readonly atMs: number
  readonly key: string | null
  readonly value: string
  readonly headers?: Readonly<Record<string, Buffer>>
  /**
   * What it is: a quote for its bar, a copy that counts if its origin is beyond those before, one that must be keyed
   * again, or a dead letter with its reason.
   */
  readonly fate: 'quote' | 'copy' | 'rekey' | `dead:${string}`
}

interface Quote {
  readonly symbol: string
  readonly price: number
  readonly timestamp: number
  readonly id?: string
  readonly size?: number
  readonly dayVolume?: number
  readonly previousClose?: number
}

const SYMBOLS = ['AAPL', 'GOOGL', 'MSFT', 'AMZN', 'TSLA', 'NVDA']

/** What inputs are drawn for. */
interface InputRange {
  readonly untilMs: number
  readonly pace: number
  /** Draws the day volumes, so that all else is as without them. */
  readonly totals: Random
}

/** All inputs of a run in the order of their times. */
export function planInputs(random: Random, { untilMs, pace, totals }: InputRange): PlannedInput[] {
  const symbols = SYMBOLS.slice(0, random.whole(1, SYMBOLS.length))
  const paceMs = random.pick([15, 30, 80])
  const inputs: PlannedInput[] = []
  const sent: Quote[] = []
  for (let atMs = random.whole(0, 500); atMs < untilMs; atMs += stepMs(random, paceMs)) {
    const quote = { ...quoteAt(atMs, random, { symbols, pace }), ...totalAt(atMs, totals) }
    inputs.push(inputOf({ atMs: pace * atMs, quote, sent }, random))
    sent.push(quote)
  }
  return inputs
}

/** Mostly steady, sometimes in bursts, sometimes silent for long enough that bars close by the clock. */
function stepMs(random: Random, paceMs: number): number {
  if (random.chance(0.015)) return random.whole(1_000, 3_000)
  return random.chance(0.3) ? 0 : random.whole(1, 2 * paceMs)
}

function quoteAt(atMs: number, random: Random, { symbols, pace }: { symbols: readonly string[]; pace: number }): Quote {
  const { watermarkDelayMs, allowedLatenessMs } = configAt(1)
  const behindMs = random.chance(0.7)
    ? random.whole(0, watermarkDelayMs)
    : random.pick([0, random.whole(0, 1_500), random.whole(0, allowedLatenessMs + 2_500)])
  return {
    symbol: random.pick(symbols),
    price: random.whole(1_900, 2_100) / 20,
    timestamp: STARTED_AT + pace * (atMs - behindMs),
    ...(random.chance(0.4) && { id: `t${random.whole(0, 400)}` }),
    ...(random.chance(0.4) && { size: random.whole(1, 40) / 4 }),
    ...(random.chance(0.2) && { previousClose: random.whole(95, 105) }),
  }
}

/** It mostly rises, and sometimes falls: a little, to nothing, or to begin anew. */
function totalAt(atMs: number, random: Random): Pick<Quote, 'dayVolume'> {
  if (!random.chance(0.4)) return {}
  const risen = 2_000 + atMs
  return { dayVolume: random.chance(0.85) ? risen : random.pick([0, risen - 500, random.whole(0, 800)]) }
}

interface Arrival {
  readonly atMs: number
  readonly quote: Quote
  readonly sent: readonly Quote[]
}

function inputOf({ atMs, quote, sent }: Arrival, random: Random): PlannedInput {
  const value = JSON.stringify(quote)
  const own = { atMs, key: quote.symbol, value, fate: 'quote' as const }
  if (random.chance(0.8)) return own
  const kind = random.whole(0, 5)
  if (kind === 0 && sent.length > 0) {
    const again = random.pick(sent.slice(-20))
    return { ...own, key: again.symbol, value: JSON.stringify(again) }
  }
  if (kind === 1) return { ...own, key: random.pick([null, 'OTHER', 'x']), fate: 'rekey' }
  if (kind === 2) return { ...own, ...random.pick(BAD)(quote) }
  if (kind === 3 && random.chance(0.3)) {
    const headers = { [ORIGIN_HEADER]: Buffer.from('99:1') }
    return { ...own, key: 'OTHER', headers, fate: 'dead:wrong_key' }
  }
  if (kind === 4) return { ...own, headers: { [ORIGIN_HEADER]: Buffer.from(`99:${random.whole(0, 9)}`) }, fate: 'copy' }
  return own
}

type Bad = (quote: Quote) => Pick<PlannedInput, 'value' | 'fate'>

const BAD: readonly Bad[] = [
  () => ({ value: '{"symbol":', fate: 'dead:not_json' }),
  () => ({ value: '[1]', fate: 'dead:not_an_object' }),
  ({ symbol, timestamp }) => ({ value: JSON.stringify({ symbol, timestamp }), fate: 'dead:missing_field' }),
  (quote) => ({ value: JSON.stringify({ ...quote, price: -1 }), fate: 'dead:invalid_price' }),
  (quote) => ({ value: JSON.stringify({ ...quote, symbol: 'no symbol' }), fate: 'dead:invalid_symbol' }),
  (quote) => ({
    value: JSON.stringify({ ...quote, timestamp: quote.timestamp + 3_600_000 }),
    fate: 'dead:timestamp_in_future',
  }),
]
