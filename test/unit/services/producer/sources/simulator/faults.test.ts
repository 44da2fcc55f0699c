import { describe, expect, test } from 'vitest'
import { encodeQuote, quoteOf } from '#market/quote'
import { epochMs } from '#runtime/units'
import type { SourceRecord } from '#services/producer/sources/quote_source'
import {
  type FaultRates,
  faultInjector,
  MALFORMED,
  NO_FAULTS,
  parseFaults,
} from '#services/producer/sources/simulator/faults'
import { decodeQuote } from '#support/decoder'

const T = 1_790_951_400_000
const COUNT = 20_000
/** Each turn is this symbol's, one a second. */
const ONE_SYMBOL = { seed: 1, symbols: 1, rate: 1 }
const quoteAt = (i: number) =>
  quoteOf({ symbol: 'AAPL', price: 277, timestamp: epochMs(T + i * 1000), id: `${i}`, size: 1 })

function strike(rates: Partial<FaultRates>): SourceRecord[] {
  const out: SourceRecord[] = []
  const faults = faultInjector({ ...NO_FAULTS, ...rates }, ONE_SYMBOL)
  for (let i = 0; i < COUNT; i++) faults.apply(quoteAt(i), { count: i, seconds: i, openedMs: 0 }, out)
  return out
}

describe('SIMULATOR_FAULTS', () => {
  test('reads shares by name; those not named are 0', () => {
    expect(parseFaults('none')).toEqual(NO_FAULTS)
    expect(parseFaults('late:0.01, gap:1,malformed:0')).toEqual({ ...NO_FAULTS, late: 0.01, gap: 1 })
  })

  test.each([
    '',
    'late',
    'late:',
    'late:x',
    'late:-1',
    'late:1.5',
    'late:0.1,late:0.2',
    'tardy:0.1',
    'constructor:0.1',
    'none,late:1',
  ])('refuses %j with words', (text) => {
    expect(parseFaults(text)).toBeTypeOf('string')
  })
})

describe('the fault injector', () => {
  test('without faults each quote is one record, as it is', () => {
    const out = strike({})
    expect(out.length).toBe(COUNT)
    expect(out[5]).toMatchObject({ key: 'AAPL', value: encodeQuote(quoteAt(5)), price: 277 })
  })

  test('late: about the share lies 1 s to 10 min back', () => {
    const backMs = strike({ late: 0.1 }).map((record, i) => T + i * 1000 - JSON.parse(record.value as string).timestamp)
    const late = backMs.filter((ms) => ms !== 0)
    expect(Math.abs(late.length / COUNT - 0.1)).toBeLessThan(0.02)
    expect(Math.min(...late)).toBeGreaterThanOrEqual(1000)
    expect(Math.max(...late)).toBeLessThanOrEqual(600_000)
    expect(Math.max(...late)).toBeGreaterThan(500_000)
  })

  test('late: the quote is a price alone, and its trade is in the day volume of the next one', () => {
    const out: SourceRecord[] = []
    const faults = faultInjector({ ...NO_FAULTS, late: 0.1 }, ONE_SYMBOL)
    const at = (i: number) => ({ count: i, seconds: i, openedMs: 0 })
    for (let i = 0; i < 1_000; i++) faults.apply({ ...quoteAt(i), dayVolume: i + 1 }, at(i), out)
    const quotes = out.map((record) => JSON.parse(record.value as string))
    const isLate = (i: number) => i >= 0 && quotes[i].timestamp !== T + i * 1000
    expect(quotes.filter((_, i) => isLate(i)).length).toBeGreaterThan(50)
    for (const [i, { size, dayVolume }] of quotes.entries()) {
      expect([i, dayVolume]).toEqual([i, isLate(i) ? undefined : i + 1])
      expect([i, size]).toEqual([i, isLate(i) || isLate(i - 1) ? undefined : 1])
    }
  })

  test('duplicate: about the share comes twice, one behind the other', () => {
    const out = strike({ duplicate: 0.1 })
    expect(Math.abs(out.length / COUNT - 1.1)).toBeLessThan(0.02)
    expect(out.filter((record, i) => record.value === out[i - 1]?.value).length).toBe(out.length - COUNT)
  })

  test('malformed: about the share does not decode; the key stays', () => {
    const out = strike({ malformed: 0.1 })
    const dead = out.filter((record) => decodeQuote(Buffer.from(record.value), epochMs(T * 2)).kind === 'rejected')
    expect(out.length).toBe(COUNT)
    expect(Math.abs(dead.length / COUNT - 0.1)).toBeLessThan(0.02)
    expect(dead.every((record) => record.key === 'AAPL' && record.price === null)).toBe(true)
  })

  test('malformed: each way is refused by the decoder, for many different reasons', () => {
    const reasons = MALFORMED.map((spoil) => {
      const decoded = decodeQuote(Buffer.from(spoil(encodeQuote(quoteAt(0)))), epochMs(T))
      return decoded.kind === 'rejected' ? decoded.reason : 'a quote'
    })
    expect(reasons).not.toContain('a quote')
    expect(new Set(reasons).size).toBeGreaterThanOrEqual(7)
  })

  test('gap: a symbol falls silent for 5 to 90 s, and comes back', () => {
    const times = strike({ gap: 0.3 }).map((record) => JSON.parse(record.value as string).timestamp as number)
    const silences = times.map((time, i) => time - (times[i - 1] ?? time - 1000)).filter((ms) => ms > 1000)
    expect(silences.length).toBeGreaterThan(50)
    expect(Math.min(...silences)).toBeGreaterThanOrEqual(5000)
    expect(Math.max(...silences)).toBeGreaterThan(30_000)
  })

  test.each([0.02, 0.3, 0.5, 0.8, 1])('gap: about the share %d of the quotes is left out, at any rate', (share) => {
    for (const quotesPerSecond of [1, 1_000]) {
      const out: SourceRecord[] = []
      const faults = faultInjector({ ...NO_FAULTS, gap: share }, ONE_SYMBOL)
      const seconds = 200_000
      for (let at = 0; at < seconds; at += quotesPerSecond > 1 ? 0.5 : 1)
        faults.apply(quoteAt(0), { count: at * quotesPerSecond, seconds: at, openedMs: 0 }, out)
      const asked = quotesPerSecond > 1 ? seconds * 2 : seconds
      expect(Math.abs(1 - out.length / asked - share)).toBeLessThan(0.05)
    }
  })

  test('outage: all symbols fall silent at once, for 1 to 5 min', () => {
    const times: number[] = []
    const faults = faultInjector({ ...NO_FAULTS, outage: 0.1 }, { seed: 1, symbols: 2, rate: 2 })
    for (let i = 0; i < 40_000; i++) {
      const out: SourceRecord[] = []
      faults.apply(
        { ...quoteAt(i / 2), symbol: i % 2 ? 'MSFT' : 'AAPL' },
        { count: i, seconds: i / 2, openedMs: 0 },
        out,
      )
      if (out.length > 0) times.push(i * 500)
    }
    const silences = times.map((time, i) => time - (times[i - 1] ?? time)).filter((ms) => ms > 500)
    expect(Math.abs(1 - times.length / 40_000 - 0.1)).toBeLessThan(0.03)
    expect(Math.min(...silences)).toBeGreaterThanOrEqual(60_000)
    expect(Math.max(...silences)).toBeLessThanOrEqual(300_500)
  })

  test('merged: about the share is left out, and the quote behind has no size', () => {
    const quotes = strike({ merged: 0.1 }).map((record) => JSON.parse(record.value as string))
    expect(Math.abs(1 - quotes.length / COUNT - 0.1)).toBeLessThan(0.02)
    const wrong = quotes.filter(({ id, size }, i) => {
      const isBehindMerged = i > 0 && Number(id) - Number(quotes[i - 1].id) > 1
      return i > 0 && (size === undefined) !== isBehindMerged
    })
    expect(wrong).toEqual([])
  })

  test.each(['gap', 'outage'] as const)(
    '%s: the quote behind a silence has no size: more than it was traded',
    (fault) => {
      const quotes = strike({ [fault]: 0.3 }).map((record) => JSON.parse(record.value as string))
      for (let i = 1; i < quotes.length; i++) {
        expect(quotes[i].size === undefined).toBe(Number(quotes[i].id) - Number(quotes[i - 1].id) > 1)
      }
    },
  )

  test('behind an opening a quote has no size where quotes may be left out: the one before is not known', () => {
    const sizeOf = (rates: FaultRates, openedMs: number) => {
      const out: SourceRecord[] = []
      faultInjector(rates, ONE_SYMBOL).apply(quoteAt(100), { count: 100, seconds: 100, openedMs }, out)
      return JSON.parse(out[0]?.value as string).size
    }
    const rare = { ...NO_FAULTS, merged: 1e-9 }
    expect([1, 2, 3].map((s) => sizeOf(rare, T + (100 - s) * 1000))).toEqual([undefined, 1, 1])
    expect(sizeOf(NO_FAULTS, T + 99_000)).toBe(1)
  })

  test('what strikes a quote follows from its place alone, not from the quotes before', () => {
    const rates = { ...NO_FAULTS, late: 0.2, duplicate: 0.2, malformed: 0.2, gap: 0.2, merged: 0.1, outage: 0.1 }
    const whole: SourceRecord[][] = []
    const faults = faultInjector(rates, ONE_SYMBOL)
    for (let i = 0; i < 1_000; i++) {
      whole.push([])
      faults.apply(quoteAt(i), { count: i, seconds: i, openedMs: 0 }, whole[i] as SourceRecord[])
    }
    for (let i = 999; i >= 0; i -= 7) {
      const alone: SourceRecord[] = []
      faultInjector(rates, ONE_SYMBOL).apply(quoteAt(i), { count: i, seconds: i, openedMs: 0 }, alone)
      expect(alone).toEqual(whole[i])
    }
  })
})
