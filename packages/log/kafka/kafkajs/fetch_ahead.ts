// The next fetch runs while what came of the one before is worked on, if that left something behind: a partition that
// is caught up is not fetched ahead, so that what arrives meanwhile comes with the next fetch as a whole.
//
// This is below kafkajs, which asks for the next records when all batches are handed back, as ever. So progress is that
// of reading without it: a batch in hand is finished and committed before the group is joined again, however often that
// is. Invariant: an answer is used only for exactly the positions that it was fetched for; records are immutable, so it
// is then the right one, whatever was lost, sought or joined in between. At most one answer waits.

import { DamagedBatch } from '../record_batch/batch_header.ts'
import { endOfFetched } from '../record_batch/decode_fetched.ts'

interface AskedPartition {
  readonly partition: number
  readonly fetchOffset: string
}

interface AnsweredPartition {
  readonly partition: number
  readonly lastStableOffset: string
  readonly messages: readonly { readonly bytes: Uint8Array }[]
}

/** What kafkajs's broker is asked for, as far as it matters here. */
export interface FetchRequest {
  readonly topics: readonly {
    readonly topic: string
    readonly partitions: readonly AskedPartition[]
  }[]
}

/** What it answers; fetch_response.ts makes it. */
export interface FetchAnswer {
  readonly responses: readonly {
    readonly topicName: string
    readonly partitions: readonly AnsweredPartition[]
  }[]
}

/**
 * What is fetched ahead and then not asked for was paid for twice. Once may be a rebalance; from then on each time
 * doubles the fetches that nothing is fetched ahead of, up to this many.
 */
const REST_MAX = 64

/** Fetches from one broker. */
export class FetchAhead<Request extends FetchRequest, Answer extends FetchAnswer> {
  readonly #send: (request: Request) => Promise<Answer>
  /** On its way or here. A failure is an answer like another: it may be the only sign that a topic was deleted. */
  #ahead: { readonly request: Request; readonly answer: Promise<Answer> } | null = null
  /** Answers in a row that were of other positions, and how many fetches are not followed by one ahead. */
  #misses = 0
  #rest = 0

  constructor(send: (request: Request) => Promise<Answer>) {
    this.#send = send
  }

  async fetch(request: Request): Promise<Answer> {
    const answer = await (this.#takeAhead(request) ?? this.#send(request))
    const next = this.#rest > 0 ? null : requestAfter(request, answer)
    this.#rest = Math.max(0, this.#rest - 1)
    if (next !== null) this.#sendAhead(next)
    return answer
  }

  /** What was fetched ahead, if it is what is asked for. */
  #takeAhead(request: Request): Promise<Answer> | null {
    const ahead = this.#ahead
    if (ahead === null) return null
    this.#ahead = null
    const isWanted = positionsOf(ahead.request) === positionsOf(request)
    this.#misses = isWanted ? 0 : this.#misses + 1
    if (this.#misses > 1) this.#rest = Math.min(2 ** this.#misses, REST_MAX)
    return isWanted ? ahead.answer : null
  }

  #sendAhead(request: Request): void {
    const answer = this.#send(request)
    answer.catch(() => {})
    this.#ahead = { request, answer }
  }
}

/** The positions that are asked for, in the order of kafkajs, which stays the same from fetch to fetch. */
function positionsOf({ topics }: FetchRequest): string {
  return JSON.stringify(topics.map(({ topic, partitions }) => [topic, partitions.map(positionOf)]))
}

function positionOf({ partition, fetchOffset }: AskedPartition): string {
  return `${partition} ${fetchOffset}`
}

/** What will be asked for when all of the answer is processed; null when nothing of that is there yet. */
function requestAfter<Request extends FetchRequest>(request: Request, answer: FetchAnswer): Request | null {
  let isMore = false
  const topics = request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((asked) => {
      const answered = answeredOf(answer, topic, asked.partition)
      const next = nextOffset(asked, answered)
      isMore ||= answered !== undefined && next < Number(answered.lastStableOffset)
      return { ...asked, fetchOffset: String(next) }
    }),
  }))
  return isMore ? { ...request, topics } : null
}

/** An answer may name a topic more than once. */
function answeredOf({ responses }: FetchAnswer, topic: string, partition: number): AnsweredPartition | undefined {
  const ofTopic = responses.filter(({ topicName }) => topicName === topic)
  return ofTopic.flatMap(({ partitions }) => partitions).find((each) => each.partition === partition)
}

/** Beyond all that is to be read when the bytes are damaged, which decoding will explain. */
function nextOffset({ fetchOffset }: AskedPartition, answered: AnsweredPartition | undefined): number {
  const from = Number(fetchOffset)
  const records = answered?.messages[0]
  if (records === undefined) return from
  try {
    return endOfFetched({ bytes: records.bytes, from })
  } catch (error) {
    if (error instanceof DamagedBatch) return Number.MAX_SAFE_INTEGER
    throw error
  }
}

/** kafkajs's broker, as far as it is changed. */
export interface FetchingBroker {
  fetch(request: FetchRequest): Promise<FetchAnswer>
}

/** Has brokers fetch ahead. */
export function fetchAhead({ prototype: broker }: { readonly prototype: FetchingBroker }): void {
  const send = broker.fetch
  const known = new WeakMap<FetchingBroker, FetchAhead<FetchRequest, FetchAnswer>>()
  broker.fetch = function (request) {
    const ahead = known.get(this) ?? new FetchAhead((next) => send.call(this, next))
    known.set(this, ahead)
    return ahead.fetch(request)
  }
}
