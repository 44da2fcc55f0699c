// A small market, told in quotes as many producers would write them: prices that wander and jump, cumulative volumes
// that start anew, quotes that come late, out of order or twice, and every shape of text that is a valid quote.

import type { DecoderSettings } from '#market/decoding/decoder'
import type { Quote } from '#market/quote'
import { type Member, shuffled } from '#support/quote_fuzz/values'
import type { Random } from '#support/simulation/world/random'

/** A quote, and the symbol that should be its key. */
export interface SentQuote {
  readonly symbol: string
  readonly members: readonly Member[]
}

const SYMBOLS = 400
/** The first ones have half of the quotes. */
const HOT_SYMBOLS = 40
/** One in so many is quoted by an exchange that is delayed by more than a quote may be before it is stale. */
const DELAYED_EVERY = 10
const DELAY_MS = 21 * 60_000

interface Instrument {
  readonly symbol: string
  price: number
  dayVolume: number
  quotes: number
}

/** The market: each call tells the next quote at `now`. */
export class Market {
  readonly #random: Random
  readonly #timestamps: TimestampTexts
  readonly #priceText: boolean
  readonly #instruments: readonly Instrument[]

  constructor(random: Random, settings: DecoderSettings) {
    this.#random = random
    this.#timestamps = new TimestampTexts(random, settings)
    this.#priceText = settings.priceText === 'accept'
    this.#instruments = Array.from({ length: SYMBOLS }, (_, i) => {
      return { symbol: `${random.pick(PREFIXES)}${i}`, price: 50 + i, dayVolume: 1_000, quotes: 0 }
    })
  }

  /** The next quote's members, in some order. */
  next(now: number): SentQuote {
    const { chance, whole } = this.#random
    const turn = whole(0, (chance(0.5) ? HOT_SYMBOLS : SYMBOLS) - 1)
    const instrument = this.#instruments[turn] as Instrument
    move(instrument, this.#random)
    const time = now - (turn % DELAYED_EVERY === 0 ? DELAY_MS : 0) - lateBy(this.#random)
    const required: Member[] = [
      ['symbol', JSON.stringify(instrument.symbol)],
      ['price', this.#price(instrument)],
      ['timestamp', this.#timestamps.textOf(time)],
    ]
    const members = [...required, ...this.#optional(instrument, turn)]
    return { symbol: instrument.symbol, members: chance(0.3) ? shuffled(members, this.#random) : members }
  }

  #price({ price }: Instrument): string {
    const text = this.#random.pick([price.toFixed(2), String(price), String(Math.fround(price))])
    return this.#priceText && this.#random.chance(0.3) ? `"${text}"` : text
  }

  #optional(instrument: Instrument, turn: number): Member[] {
    const { chance, pick, whole } = this.#random
    const members: Member[] = []
    const add = (name: keyof Quote, value: () => string) =>
      members.push([name, chance(0.05) ? 'null' : value()] as const)
    const [exchange, currency] = EXCHANGES[turn % EXCHANGES.length] as readonly [string, string, string]
    // Each symbol keeps to its way of telling volumes.
    if (turn % 3 === 0) add('size', () => String(whole(0, 900)))
    if (turn % 3 === 1) add('dayVolume', () => String(instrument.dayVolume))
    if (turn % 2 === 0) add('id', () => idText(instrument, this.#random))
    if (turn % 4 !== 3) add('previousClose', () => String(50 + turn))
    if (chance(0.5)) add('currency', () => `"${currency}"`)
    if (chance(0.5)) add('exchange', () => `"${exchange}"`)
    if (chance(0.2)) add('marketState', () => pick(['"REGULAR"', '"CLOSED"', '"a state of many words"']))
    if (chance(0.3)) add('bid', () => instrument.price.toFixed(2))
    if (chance(0.3)) add('ask', () => (instrument.price + 0.01).toFixed(3))
    if (chance(0.2)) add('bidSize', () => String(whole(0, 50)))
    if (chance(0.2)) add('askSize', () => `${whole(0, 50)}.0`)
    if (chance(0.5)) add('source', () => pick(['"recorded"', '"yahoo"', '"a caf\u00e9"', '"\\u0041"']))
    if (chance(0.1)) members.push(['exchangeTimezoneName', `"${EXCHANGES[turn % EXCHANGES.length]?.[2]}"`])
    while (chance(0.08)) members.push(pick(UNKNOWN_MEMBERS))
    return members
  }
}

const UNKNOWN_MEMBERS: readonly Member[] = [
  ['longName', '"A, Inc."'],
  ['change', '-0.5e1'],
  ['tradeable', 'false'],
  ['book', '{"bids":[[1,2],[3,4e5]],"of":null}'],
  ['__proto__', '{"a":1}'],
  ['7', '"seven"'],
  ['n\u00e4me', '"Nestl\u00e9"'],
  ['sizes', '[]'],
]

const PREFIXES = ['S', 'AAPL', '^X', 'BRK.B', 'EURUSD=', 'M&M', 'NYSE:A', 'BTC/U', 'A_B-C+']
const EXCHANGES = [
  ['NMS', 'USD', 'America/New_York'],
  ['LSE', 'GBp', 'Europe/London'],
  ['JPX', 'JPY', 'Asia/Tokyo'],
  ['XXX', 'EUR', 'Nowhere/At_All'],
] as const

function move(instrument: Instrument, { chance, next, whole }: Random): void {
  instrument.price *= chance(0.004) ? 0.96 + next() * 0.08 : 0.9995 + next() * 0.001
  instrument.dayVolume = chance(0.003) ? whole(0, 50) : instrument.dayVolume + whole(0, 300)
  if (chance(0.01)) instrument.dayVolume = Math.max(0, instrument.dayVolume - 200)
  instrument.quotes++
}

/** Most come at once; some out of order, some after their bar was closed, some too late for it. */
function lateBy({ chance, whole }: Random): number {
  if (chance(0.9)) return whole(0, 900)
  return chance(0.6) ? whole(0, 4_000) : chance(0.6) ? whole(20_000, 120_000) : whole(200_000, 1_200_000)
}

/** Now and then one that was there before. */
function idText({ quotes }: Instrument, { chance, whole, pick }: Random): string {
  const id = chance(0.05) ? Math.max(1, quotes - whole(1, 5)) : quotes
  return pick([() => `"t-${id}"`, () => `"t-${id}"`, () => String(2 ** 53 + 2 * id), () => '""'])()
}

/** Times in the forms that the settings take. */
class TimestampTexts {
  readonly #random: Random
  readonly #settings: DecoderSettings

  constructor(random: Random, settings: DecoderSettings) {
    this.#random = random
    this.#settings = settings
  }

  textOf(ms: number): string {
    const { chance, whole, pick } = this.#random
    const iso = new Date(ms).toISOString()
    if (chance(0.4)) return this.#settings.timestampUnit === 's' ? String(ms / 1_000) : String(ms)
    if (chance(0.6)) return `"${iso}"`
    const east = new Date(ms + 5.5 * 3_600_000).toISOString().slice(0, -1)
    const texts = [`${iso.slice(0, -1)}${whole(0, 999)}Z`, `${east}+05:30`, `${east}000+0530`, iso.toLowerCase()]
    if (this.#settings.timestampZone === 'UTC') texts.push(iso.slice(0, -1), iso.slice(0, 19).replace('T', ' '))
    return `"${pick(texts)}"`
  }
}
