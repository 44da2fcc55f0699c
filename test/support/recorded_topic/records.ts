// The records of a topic of quotes as many producers fill it, by partition and in the order that its log took them in:
// rightly and wrongly keyed quotes, the copies that a stream makes of the latter, values that are no quotes, repeated
// records and odd headers. A seed decides everything.

import type { DecoderSettings } from '#market/decoding/decoder'
import { ATTEMPT_HEADER, ORIGIN_HEADER, REPLAYED_HEADERS } from '#market/headers'
import { partitionOfKey } from '#support/log/partition_of_key'
import { fuzzValue, objectText } from '#support/quote_fuzz/values'
import { type Random, randomOf } from '#support/simulation/world/random'
import { Market } from './market.ts'
import { refusedValue } from './refused_values.ts'

/** A record as its producer sent it. */
export interface SentRecord {
  readonly key: string | null
  readonly value: Uint8Array | null
  readonly headers?: Readonly<Record<string, string | Uint8Array>>
}

/** A record where the log put it. */
export interface StoredRecord extends SentRecord {
  readonly partition: number
  readonly offset: number
}

/** What a topic is made from. */
export interface TopicPlan {
  readonly seed: number
  readonly records: number
  readonly partitions: number
  readonly settings: DecoderSettings
  /** Whether values of the decoder's fuzz are among them. */
  readonly withFuzz: boolean
  /** The log's clock, and where a record is put. */
  readonly now: () => number
  readonly store: (partition: number, record: SentRecord) => StoredRecord
}

interface WaitingCopy {
  readonly symbol: string
  readonly original: StoredRecord
}

/** Copies that wait until they come back are at most so many. */
const COPIES_WAITING_MAX = 50

/** Sends the topic's records, one after the other. */
export function sendRecords(plan: TopicPlan): void {
  const sender = new Sender(plan)
  for (let sent = 0; sent < plan.records; sent++) sender.send()
}

class Sender {
  readonly #plan: TopicPlan
  readonly #random: Random
  readonly #market: Market
  readonly #copies: WaitingCopy[] = []
  #last: StoredRecord | null = null

  constructor(plan: TopicPlan) {
    this.#plan = plan
    this.#random = randomOf(plan.seed, 'records')
    this.#market = new Market(randomOf(plan.seed, 'market'), plan.settings)
  }

  send(): void {
    const { next, chance } = this.#random
    const kind = next()
    if (this.#copies.length >= COPIES_WAITING_MAX || (this.#copies.length > 0 && chance(0.05))) this.#sendCopy()
    else if (kind < 0.78) this.#sendQuote()
    else if (kind < 0.84) this.#sendWronglyKeyed()
    else if (kind < 0.88) this.#sendRefused()
    else if (kind < 0.97 && this.#plan.withFuzz) this.#sendAny()
    else if (this.#last !== null) this.#plan.store(this.#last.partition, this.#last)
  }

  #sendQuote(): void {
    const { symbol, members } = this.#market.next(this.#plan.now())
    const value = Buffer.from(objectText(members, this.#random))
    this.#last = this.#put(symbol, value, this.#headers())
  }

  /** Also without a key, or with bytes that are none of a symbol's. */
  #sendWronglyKeyed(): void {
    const { pick, chance } = this.#random
    const { symbol, members } = this.#market.next(this.#plan.now())
    const key = pick([null, null, symbol.toLowerCase(), `${symbol}\0`, 'OTHER', ''])
    const original = this.#put(key, Buffer.from(objectText(members, this.#random)), this.#headers())
    this.#copies.push({ symbol, original })
    if (chance(0.2)) this.#copies.push({ symbol, original })
  }

  /** As the stream sends it; now and then with a wrong key again. */
  #sendCopy(): void {
    const { symbol, original } = this.#copies.shift() as WaitingCopy
    const headers = { ...original.headers, [ORIGIN_HEADER]: `${original.partition}:${original.offset}` }
    this.#put(this.#random.chance(0.05) ? 'WRONG' : symbol, original.value, headers)
  }

  #sendRefused(): void {
    const now = this.#plan.now()
    const { symbol, members } = this.#market.next(now)
    this.#put(symbol, refusedValue(members, now, this.#random), this.#headers())
  }

  /** A value of which nobody knows what it is, with the key that it seems to want. */
  #sendAny(): void {
    const value = fuzzValue(this.#random)
    const key = /"symbol"\s*:\s*"([^"]*)"/.exec(Buffer.from(value).toString('latin1'))?.[1]
    this.#put(this.#random.chance(0.9) ? (key ?? null) : null, value, this.#headers())
  }

  #headers(): SentRecord['headers'] {
    const { chance, pick } = this.#random
    if (chance(0.8)) return undefined
    return pick<NonNullable<SentRecord['headers']>>([
      REPLAYED_HEADERS,
      REPLAYED_HEADERS,
      { trace: Buffer.of(0, 0xff), '': '' },
      { [ATTEMPT_HEADER]: pick(['2', '07', 'x']) },
      // No origins: a stream writes none of these.
      { [ORIGIN_HEADER]: pick(['', '1', '0:01', '999999:1', '1:2 ']) },
    ])
  }

  #put(key: string | null, value: Uint8Array | null, headers: SentRecord['headers']): StoredRecord {
    const { partitions, store } = this.#plan
    const partition =
      key === null ? this.#random.whole(0, partitions - 1) : partitionOfKey(Buffer.from(key), partitions)
    return store(partition, headers === undefined ? { key, value } : { key, value, headers })
  }
}
