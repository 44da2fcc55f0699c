import { describe, expect, test } from 'vitest'
import { encodeQuote, type Quote } from '#market/quote'
import { epochMs } from '#runtime/units'
import { newMarket, simulatedMarket } from '#services/producer/sources/simulator/simulated_market'
import { decodeQuote } from '#support/decoder'
import { type GivenMarket, marketOptions, takeTurns } from '#support/simulated_markets'

const START = Date.parse('2026-10-05T13:00:00Z')
const SYMBOLS = ['AAPL', 'GOOGL', 'MSFT', 'AMZN', 'TSLA']

interface Asked extends GivenMarket {
  readonly startMs?: number
  readonly firstJumpMs?: number
}

function quotesOf(count: number, options: Asked = {}): Quote[] {
  const { startMs = START, firstJumpMs = Number.POSITIVE_INFINITY, ...given } = options
  const market = marketOptions({ symbols: SYMBOLS, ...given })
  return takeTurns(simulatedMarket(market, newMarket(market, { startMs, firstJumpMs: firstJumpMs - startMs })), {
    count,
    timeOf: (turn) => startMs + (turn * 1000) / market.quotesPerSecond,
  })
}

describe('a simulated market', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(quotesOf(500)).toEqual(quotesOf(500))
    expect(quotesOf(500).map((quote) => quote.price)).not.toEqual(
      quotesOf(500, { seed: 43 }).map((quote) => quote.price),
    )
  })

  test('gives each symbol its turn', () => {
    expect(quotesOf(7).map((quote) => quote.symbol)).toEqual([...SYMBOLS, 'AAPL', 'GOOGL'])
  })

  test('has only quotes that decode, with ids that never come again', () => {
    const quotes = quotesOf(20_000, { symbols: [...SYMBOLS, '^GSPC', 'BTC-USD', 'EURUSD=X', 'PENNY'] })
    for (const quote of quotes) {
      expect(decodeQuote(Buffer.from(encodeQuote(quote)), quote.timestamp)).toEqual({ kind: 'quote', quote })
    }
    expect(new Set(quotes.map((quote) => quote.id)).size).toBe(quotes.length)
    const later = quotesOf(20_000, { startMs: START + 1 })
    expect(new Set([...quotes, ...later].map((quote) => quote.id)).size).toBe(40_000)
  })

  test('is plausible: cents, bid below price below ask, volume that grows by the size, prices near their level', () => {
    const volumes = new Map<string, number>()
    for (const quote of quotesOf(50_000)) {
      expect(Math.abs(quote.price * 100 - Math.round(quote.price * 100))).toBeLessThan(1e-6)
      expect(quote.bid).toBeLessThan(quote.price)
      expect(quote.ask).toBeGreaterThan(quote.price)
      expect(quote.size).toBeGreaterThanOrEqual(1)
      const before = volumes.get(quote.symbol)
      if (before !== undefined) expect(quote.dayVolume).toBe(before + (quote.size as number))
      volumes.set(quote.symbol, quote.dayVolume as number)
      if (quote.symbol === 'AAPL') expect(Math.abs(quote.price / 277 - 1)).toBeLessThan(0.02)
    }
  })

  test('does not move 2 % in 5 minutes of itself; a jump does, whichever way the seed sends it', () => {
    for (let seed = 0; seed < 50; seed++) {
      const firstJumpMs = START + 126_000
      const quotes = quotesOf(650, { seed, firstJumpMs })
      const moveOf = (quote: Quote) => {
        const first = quotes.find((each) => each.symbol === quote.symbol) as Quote
        return Math.abs(quote.price / first.price - 1)
      }
      const moved = quotes.filter((quote) => moveOf(quote) >= 0.02)
      expect(moved[0]?.timestamp).toBe(epochMs(firstJumpMs))
      expect(new Set(moved.map((quote) => quote.symbol)).size).toBe(1)
    }
  })

  test('jumps go on, and prices stay near their level all the same', () => {
    const quotes = quotesOf(5 * 6 * 3600, { firstJumpMs: START })
    const apple = quotes.filter((quote) => quote.symbol === 'AAPL')
    const jumps = apple.filter((quote, i) => Math.abs(quote.price / (apple[i - 1] ?? quote).price - 1) > 0.02)
    expect(jumps.length).toBeGreaterThan(10)
    for (const quote of apple) expect(Math.abs(quote.price / 277 - 1)).toBeLessThan(0.08)
  })

  test('at midnight in New York the volume begins anew and the last price becomes the previous close', () => {
    const midnight = Date.parse('2026-10-06T04:00:00Z')
    const quotes = quotesOf(100, { startMs: midnight - 10_000 }).filter((quote) => quote.symbol === 'MSFT')
    const first = quotes.findIndex((quote) => quote.timestamp >= midnight)
    expect(quotes[first]).toMatchObject({
      dayVolume: quotes[first]?.size,
      previousClose: quotes[first - 1]?.price,
    })
    expect(quotes[first - 1]?.dayVolume).toBeGreaterThan(1_000_000)
  })

  test('after a restart the volume goes on about where it was', () => {
    const before = quotesOf(5 * 3600).at(-1)?.dayVolume as number
    const after = quotesOf(5, { startMs: START + 3_600_000 }).at(-1)?.dayVolume as number
    expect(Math.abs(after / before - 1)).toBeLessThan(0.05)
  })

  test('goes on from any state as if it had never stopped, also over a change of the day', () => {
    const market = marketOptions({ symbols: [...SYMBOLS, 'NVDA', 'META'], seed: 7 })
    const startMs = Date.parse('2026-10-06T03:58:00Z')
    const timeOf = (i: number) => startMs + i * 200
    const from = newMarket(market, { startMs, firstJumpMs: 20_000 })
    const whole = takeTurns(simulatedMarket(market, from), { count: 3_000, timeOf })
    for (const cut of [0, 1, 99, 101, 599, 600, 601, 1_200, 2_999]) {
      const before = simulatedMarket(market, from)
      takeTurns(before, { count: cut, timeOf })
      const state = JSON.parse(JSON.stringify(before.state()))
      const rest = takeTurns(simulatedMarket(market, state), { count: 3_000 - cut, timeOf: (i) => timeOf(cut + i) })
      expect(rest).toEqual(whole.slice(cut))
    }
  })

  test('has 10,000 symbols in a state that fits where a position is kept', () => {
    const symbols = Array.from({ length: 10_000 }, (_, i) => `S${i}`)
    const market = marketOptions({ symbols, seed: 7, quotesPerSecond: 50_000 })
    const opened = simulatedMarket(market, newMarket(market, { startMs: START, firstJumpMs: 0 }))
    takeTurns(opened, { count: 25_000, timeOf: () => START })
    expect(JSON.stringify(opened.state()).length).toBeLessThan(300)
  })
})
