// What goes wrong in real feeds, on purpose and by a known share: SIMULATOR_FAULTS. What strikes a quote follows from
// the seed and the quote's place in the market alone: the quotes that stay whole are the same with and without faults,
// and a market that goes on has the same faults as one that never stopped.

import type { Quote } from '#market/quote'
import { shownValue } from '#runtime/shown_value'
import type { EpochMs } from '#runtime/units'
import { recordOf, type SourceRecord } from '#services/producer/sources/quote_source'
import { numberAt, seedOf } from '#services/producer/sources/simulator/seeded_random'
import { NO_TOTAL_FAULTS } from '#services/producer/sources/simulator/totals'

/** The kinds of fault, with what each does to a quote. */
export const FAULTS = {
  late: 'its event time lies 1 s to 10 min back, and its trade is in the day volume of the next quote alone',
  duplicate: 'it is sent twice, with the same id',
  malformed: 'its value is broken, in one of several ways',
  gap: 'it is left out, in silences of its symbol of 5 to 90 s',
  outage: 'it is left out with those of all symbols, in silences of 1 to 5 min',
  merged: 'it is left out, and its trade is in the day volume of the next quote alone',
  restart: 'the day volume of its symbol begins anew',
  correction: 'the day volume of its symbol is a little lower for 20 quotes',
} as const

export type Fault = keyof typeof FAULTS

/** The share of quotes that each fault strikes, from 0 to 1. */
export type FaultRates = Readonly<Record<Fault, number>>

/** No faults at all. */
export const NO_FAULTS: FaultRates = {
  late: 0,
  duplicate: 0,
  malformed: 0,
  gap: 0,
  outage: 0,
  merged: 0,
  ...NO_TOTAL_FAULTS,
}

/** Reads `late:0.01,gap:0.001` or `none`; a text says what it does wrong, without its subject. */
export function parseFaults(text: string): FaultRates | string {
  if (text === 'none') return NO_FAULTS
  const rates: Record<Fault, number> = { ...NO_FAULTS }
  const seen = new Set<string>()
  for (const part of text.split(',')) {
    const match = /^\s*([a-z]+)\s*:\s*(\d+(?:\.\d+)?)\s*$/.exec(part)
    const [, name = '', share = ''] = match ?? []
    if (!Object.hasOwn(FAULTS, name)) {
      const form = `NAME:SHARE,... with NAME one of ${Object.keys(FAULTS).join(', ')}`
      return `has ${shownValue(part)} in it; write none, or ${form}`
    }
    if (seen.has(name)) return `gives ${name} twice`
    if (Number(share) > 1) return `gives ${name} a share of ${share}; a share is from 0 to 1`
    seen.add(name)
    rates[name as Fault] = Number(share)
  }
  return rates
}

/** A quote's place in the market. */
export interface MarketPlace {
  /** How many quotes came before it. */
  readonly count: number
  /** Market time. */
  readonly seconds: number
  /** When the session of its exchange began. */
  readonly openedMs: number
}

/** Strikes quotes. */
export interface FaultInjector {
  /** Puts what becomes of the quote, no record or one or two, at the end of `out`. */
  apply(quote: Quote, at: MarketPlace, out: SourceRecord[]): void
}

/** Faults at the given rates, but for those of totals, which are the market's own. `symbols` take turns at `rate`. */
export function faultInjector(
  rates: FaultRates,
  { seed, symbols, rate }: { readonly seed: number; readonly symbols: number; readonly rate: number },
): FaultInjector {
  const faultSeed = seedOf(seed, 'faults')
  const roundMs = (symbols * 1000) / rate
  const silences = new Map<string, number>()
  const silenceSeed = (symbol: string) => {
    const known = silences.get(symbol) ?? seedOf(faultSeed, symbol)
    silences.set(symbol, known)
    return known
  }
  const outageSeed = seedOf(faultSeed, 'outages')
  const isLeftOut = (symbol: string, { count, seconds }: Pick<MarketPlace, 'count' | 'seconds'>) =>
    (rates.outage > 0 && isSilent(seconds, OUTAGE, { share: rates.outage, seed: outageSeed })) ||
    (rates.gap > 0 && isSilent(seconds, GAP, { share: rates.gap, seed: silenceSeed(symbol) })) ||
    (rates.merged > 0 && numberAt(faultSeed, count * DRAWS + 5) < rates.merged)
  const isLate = (count: number) => numberAt(faultSeed, count * DRAWS + 1) < rates.late
  /** Whether its total may have grown by more than its own trade since the last total of its symbol that was sent. */
  const mayHaveGrownMore = ({ symbol, timestamp }: Quote, { count, seconds, openedMs }: MarketPlace) => {
    // Behind a break the quote before is not told by the count: a turn or two passed.
    if (timestamp - 2 * roundMs < openedMs) return true
    const before = { count: count - symbols, seconds: seconds - symbols / rate }
    return isLate(before.count) || isLeftOut(symbol, before)
  }
  const holdsBack = rates.outage > 0 || rates.gap > 0 || rates.merged > 0 || rates.late > 0
  return {
    apply(quote, at, out) {
      if (holdsBack) {
        if (isLeftOut(quote.symbol, at)) return
        if (quote.size !== null && mayHaveGrownMore(quote, at)) quote = { ...quote, size: null }
      }
      const random = (draw: number) => numberAt(faultSeed, at.count * DRAWS + draw)
      if (isLate(at.count)) quote = setBack(quote, random(2))
      const record = strike(quote, rates, random)
      out.push(record)
      if (random(0) < rates.duplicate) out.push(record)
    },
  }
}

/** Random numbers that the faults of one quote take. */
const DRAWS = 8
const LATE_MIN_MS = 1_000
const LATE_SPAN_MS = 599_000

/** How long silences are. */
interface Silence {
  readonly minS: number
  readonly spanS: number
}

const GAP: Silence = { minS: 5, spanS: 85 }
const OUTAGE: Silence = { minS: 60, spanS: 240 }

/** There is one silence in each stretch of time, and stretches are as long as the share asks for. */
function isSilent(
  seconds: number,
  { minS, spanS }: Silence,
  { share, seed }: { readonly share: number; readonly seed: number },
): boolean {
  const meanS = minS + spanS / 2
  const stretchS = meanS / share
  const stretch = Math.floor(seconds / stretchS)
  // Where more than half is to be left out, a long silence would not fit.
  const lengthS = share > 0.5 ? meanS : minS + numberAt(seed, 2 * stretch) * spanS
  const startS = stretch * stretchS + numberAt(seed, 2 * stretch + 1) * (stretchS - lengthS)
  return seconds >= startS && seconds < startS + lengthS
}

/** The quote at an earlier time. It is a price alone: its total, and its trade in it, are of its true time. */
function setBack(quote: Quote, share: number): Quote {
  const backMs = LATE_MIN_MS + Math.floor(share * LATE_SPAN_MS)
  return { ...quote, timestamp: (quote.timestamp - backMs) as EpochMs, size: null, dayVolume: null }
}

function strike(quote: Quote, rates: FaultRates, random: (draw: number) => number): SourceRecord {
  const record = recordOf(quote)
  if (random(3) >= rates.malformed) return record
  const spoil = MALFORMED[Math.floor(random(4) * MALFORMED.length)] as (text: string) => string | Uint8Array
  return { ...record, value: spoil(record.value as string), price: null }
}

/** Ways in which values have been seen to be broken; none of them decodes. */
export const MALFORMED: readonly ((text: string) => string | Uint8Array)[] = [
  (text) => text.slice(0, Math.floor(text.length / 2)),
  () => '<html><body>Service Unavailable</body></html>',
  () => '',
  (text) => `[${text}]`,
  (text) => withField(text, 'price', 'N/A'),
  (text) => withField(text, 'price', -1),
  (text) => withField(text, 'symbol', undefined),
  (text) => withField(text, 'symbol', 'not a symbol'),
  (text) => withField(text, 'timestamp', 1_790_971_201),
  (text) => withField(text, 'size', 'many'),
  (text) => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xc3, 0x28, 0x7d])]),
]

function withField(text: string, name: string, value: unknown): string {
  return JSON.stringify({ ...JSON.parse(text), [name]: value })
}
