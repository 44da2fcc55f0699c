// What goes wrong in real feeds, on purpose and by a known share: SIMULATOR_FAULTS. Its random numbers are its own, so
// the quotes that stay whole are the same with and without faults.

import type { Quote } from '#market/quote'
import { shownValue } from '#runtime/shown_value'
import type { EpochMs } from '#runtime/units'
import { recordOf, type SourceRecord } from '#services/producer/sources/source'

/** The kinds of fault, with what each does to a quote. */
export const FAULTS = {
  late: 'its event time lies 1 s to 10 min back',
  duplicate: 'it is sent twice, with the same id',
  malformed: 'its value is broken, in one of several ways',
  gap: 'its symbol falls silent for 5 to 90 s',
} as const

export type Fault = keyof typeof FAULTS

/** The share of quotes that each fault strikes, from 0 to 1. */
export type FaultRates = Readonly<Record<Fault, number>>

/** No faults at all. */
export const NO_FAULTS: FaultRates = { late: 0, duplicate: 0, malformed: 0, gap: 0 }

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

/** Strikes quotes. */
export interface FaultInjector {
  /** Puts what becomes of the quote, no record or one or two, at the end of `out`. */
  apply(quote: Quote, out: SourceRecord[]): void
}

/** Faults at the given rates. */
export function faultInjector(rates: FaultRates, random: () => number): FaultInjector {
  const silentUntil = new Map<string, number>()
  return {
    apply(quote, out) {
      if (rates.gap > 0 && isSilent(quote, { silentUntil, share: rates.gap, random })) return
      const record = strike(quote, rates, random)
      out.push(record)
      if (random() < rates.duplicate) out.push(record)
    },
  }
}

const LATE_MIN_MS = 1_000
const LATE_SPAN_MS = 599_000
const GAP_MIN_MS = 5_000
const GAP_SPAN_MS = 85_000

function isSilent(
  quote: Quote,
  gap: { silentUntil: Map<string, number>; share: number; random: () => number },
): boolean {
  if (quote.timestamp < (gap.silentUntil.get(quote.symbol) ?? 0)) return true
  if (gap.random() >= gap.share) return false
  gap.silentUntil.set(quote.symbol, quote.timestamp + GAP_MIN_MS + gap.random() * GAP_SPAN_MS)
  return true
}

function strike(quote: Quote, rates: FaultRates, random: () => number): SourceRecord {
  const late = random() < rates.late
  const back = late ? LATE_MIN_MS + Math.floor(random() * LATE_SPAN_MS) : 0
  const record = recordOf(late ? { ...quote, timestamp: (quote.timestamp - back) as EpochMs } : quote)
  if (random() >= rates.malformed) return record
  const spoil = MALFORMED[Math.floor(random() * MALFORMED.length)] as (text: string) => string | Uint8Array
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
