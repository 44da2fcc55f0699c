// kafkajs's consumer on the simulated cluster: joins, fetches what is assigned and not paused, hands batches over,
// beats, joins again, crashes. Its fetches cross seeks and pauses as kafkajs's do, and a batch may wait before it is
// handed over. Below it the code under test fetches ahead, as it does below kafkajs. Source:
// kafkajs/src/consumer/{runner,consumerGroup,fetcher,worker}.js.

import { FetchAhead, type FetchAnswer, type FetchRequest } from '#log/kafka/kafkajs/fetch_ahead'
import type { FetchedRecordSet } from '#log/kafka/kafkajs/fetch_response'
import type { FetchedBatch } from '#log/kafka/kafkajs/fetched_batch'
import { isPostponed } from '#log/kafka/kafkajs/rejoins'
import { isRebalancing, typeOf } from '../world/kafkajs_errors.ts'
import type { ClientParts } from './client_parts.ts'

/** The part of kafkajs's options that counts here. */
export interface ConsumerConfig {
  readonly heartbeatInterval: number
  readonly rebalanceTimeout: number
  readonly maxWaitTimeInMs: number
  readonly metadataMaxAge: number
}

type EachBatch = (payload: { batch: FetchedBatch; heartbeat: () => Promise<void> }) => Promise<void>
type Listener = (event: { readonly payload: Record<string, unknown> }) => void
type Named = { readonly topic: string; readonly partitions: readonly number[] }

const EVENTS = { GROUP_JOIN: 'join', HEARTBEAT: 'heartbeat', REQUEST: 'request', CRASH: 'crash' } as const

const FAILURES_MAX = 4
const BACKOFF_MS = 50
/** How much longer than the rebalance itself kafkajs waits for its answer. */
const JOIN_PATIENCE_MS = 500
const FETCHED_RECORDS_MAX = 40
/** How often a batch waits, since all workers are busy with others. */
const WAITS = 0.3

/** The part of an answer that kafkajs makes batches of. */
interface SimulatedAnswer extends FetchAnswer {
  readonly responses: readonly {
    readonly topicName: string
    readonly partitions: readonly {
      readonly partition: number
      readonly highWatermark: string
      readonly lastStableOffset: string
      readonly messages: readonly FetchedRecordSet[]
    }[]
  }[]
}

type Fetches = Pick<FetchAhead<FetchRequest, SimulatedAnswer>, 'fetch'>
export type FetchesBy = (send: (request: FetchRequest) => Promise<SimulatedAnswer>) => Fetches

/** One life of a member. */
export class SimulatedConsumer {
  readonly events = EVENTS
  readonly #parts: ClientParts
  readonly #config: ConsumerConfig
  readonly #fetching: Fetches
  readonly #listeners = new Map<string, Listener>()
  readonly #seeks = new Map<number, number>()
  readonly #paused = new Set<number>()
  readonly #positions = new Map<number, number>()
  #topic = ''
  #memberId = ''
  #generation = 0
  #partitionCount = 0
  #metadataAt = 0
  #beatAt = 0
  #beating: Promise<void> | null = null
  #isStarted = false
  #isRunning = false
  #consuming: Promise<void> = Promise.resolve()

  constructor(parts: ClientParts, config: ConsumerConfig, fetchesBy: FetchesBy = (send) => new FetchAhead(send)) {
    this.#parts = parts
    this.#config = config
    this.#fetching = fetchesBy((request) => this.#send(request))
  }

  on(name: string, listener: Listener): void {
    this.#listeners.set(name, listener)
  }

  async connect(): Promise<void> {
    await this.#ask('Connect', () => {})
  }

  async subscribe({ topics }: { topics: readonly string[] }): Promise<void> {
    this.#topic = topics[0] as string
  }

  async run({ eachBatch }: { eachBatch: EachBatch }): Promise<void> {
    this.#isStarted = true
    this.#isRunning = true
    try {
      await this.#join()
    } catch (error) {
      return this.#crash(error)
    }
    this.#consuming = this.#consume(eachBatch)
  }

  /** Waits for what is in hand, then leaves the group. */
  async disconnect(): Promise<void> {
    if (!this.#isRunning) return
    this.#isRunning = false
    await this.#consuming
    const memberId = this.#memberId
    await this.#ask('LeaveGroup', () => this.#parts.broker.group.leave(memberId)).catch(() => {})
  }

  seek({ partition, offset }: { readonly partition: number; readonly offset: string }): void {
    this.#mustBeStarted()
    this.#seeks.set(partition, Number(offset))
  }

  pause([named]: readonly Named[]): void {
    this.#mustBeStarted()
    for (const partition of named?.partitions ?? []) this.#paused.add(partition)
  }

  resume([named]: readonly Named[]): void {
    this.#mustBeStarted()
    for (const partition of named?.partitions ?? []) this.#paused.delete(partition)
  }

  #mustBeStarted(): void {
    if (!this.#isStarted) throw new Error('Consumer group was not initialized, consumer#run must be called first')
  }

  async #consume(eachBatch: EachBatch): Promise<void> {
    for (let failures = 0; this.#isRunning; ) {
      try {
        await this.#round(eachBatch)
      } catch (error) {
        try {
          if (await this.#joinAfter(error)) failures = 0
          else if (++failures > FAILURES_MAX) throw error
        } catch (fatal) {
          return this.#crash(fatal)
        }
        await this.#parts.clock.sleep(BACKOFF_MS)
      }
    }
  }

  /** Fetches once, and waits until all that came is done with. */
  async #round(eachBatch: EachBatch): Promise<void> {
    if (this.#hasNewPartitions()) return this.#join()
    const batches = await this.#fetch()
    const done = await Promise.allSettled(batches.map((batch) => this.#hand(batch, eachBatch)))
    const failed = done.find((each) => each.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    if (batches.length === 0) await this.#heartbeat()
  }

  async #hand(batch: FetchedBatch, eachBatch: EachBatch): Promise<void> {
    const { random, clock, handOverMsMax } = this.#parts
    if (random.chance(WAITS)) await clock.sleep(random.whole(0, handOverMsMax))
    if (!this.#isRunning) return
    await eachBatch({ batch, heartbeat: () => this.#heartbeat() })
    await this.#heartbeat()
  }

  async #fetch(): Promise<FetchedBatch[]> {
    const wanted = this.#wanted()
    if (wanted.length === 0) {
      await this.#parts.clock.sleep(this.#config.maxWaitTimeInMs)
      return []
    }
    const fetched = await this.#askForRecords(wanted)
    return fetched.filter(({ partition }) => !this.#seeks.has(partition) && !this.#paused.has(partition))
  }

  #wanted(): [partition: number, offset: number][] {
    for (const partition of this.#positions.keys()) {
      const sought = this.#seeks.get(partition)
      if (sought !== undefined) this.#positions.set(partition, sought)
      this.#seeks.delete(partition)
    }
    return [...this.#positions].filter(([partition]) => !this.#paused.has(partition))
  }

  /** As kafkajs does it, a batch gets the offset that was asked for, whatever came. */
  async #askForRecords(wanted: readonly [number, number][]): Promise<FetchedBatch[]> {
    const topic = this.#topic
    const partitions = wanted.map(([partition, offset]) => ({ partition, fetchOffset: String(offset) }))
    try {
      const { responses } = await this.#fetching.fetch({ topics: [{ topic, partitions }] })
      const answered = responses.flatMap((response) => response.partitions)
      return partitions.flatMap(({ partition, fetchOffset }) =>
        answered
          .filter((each) => each.partition === partition)
          .map(({ messages: rawMessages, highWatermark }) => {
            return { topic, partition, highWatermark, fetchedOffset: fetchOffset, rawMessages }
          }),
      )
    } catch (error) {
      if ((error as Error).name !== 'KafkaJSConnectionClosedError') throw error
      return []
    }
  }

  async #send({ topics }: FetchRequest): Promise<SimulatedAnswer> {
    const { broker, random } = this.#parts
    const logOf = (partition: number) => broker.log(this.#topic, partition)
    const wanted = topics.flatMap(({ partitions }) => partitions)
    const isWorthwhile = () =>
      wanted.some(({ partition, fetchOffset }) => logOf(partition).lastStable > Number(fetchOffset))
    const effect = async () => {
      await broker.untilReadable(isWorthwhile, this.#config.maxWaitTimeInMs)
      return wanted.flatMap(({ partition, fetchOffset }) => {
        const [log, from] = [logOf(partition), Number(fetchOffset)]
        const to = Math.min(log.lastStable, from + random.whole(1, FETCHED_RECORDS_MAX))
        if (to <= from) return []
        const facts = { highWatermark: String(log.end), lastStableOffset: String(log.lastStable) }
        return [{ partition, ...facts, messages: [log.fetched(from, to)] }]
      })
    }
    const partitions = await this.#ask('Fetch', effect)
    this.#emit(EVENTS.REQUEST, { apiName: 'Fetch' })
    return { responses: [{ topicName: this.#topic, partitions }] }
  }

  /** Callers share one beat; none is sent before its time. */
  async #heartbeat(): Promise<void> {
    this.#beating ??= this.#beat().finally(() => {
      this.#beating = null
    })
    await this.#beating
  }

  async #beat(): Promise<void> {
    const { clock, broker } = this.#parts
    if (this.#memberId === '' || clock.now() < this.#beatAt + this.#config.heartbeatInterval) return
    const [memberId, generation] = [this.#memberId, this.#generation]
    try {
      await this.#ask('Heartbeat', () => broker.group.heartbeat(memberId, generation))
    } catch (error) {
      if (isPostponed(memberId, error)) return
      throw error
    }
    this.#emit(EVENTS.HEARTBEAT, {})
    this.#beatAt = clock.now()
  }

  #hasNewPartitions(): boolean {
    const { clock, broker } = this.#parts
    if (clock.now() < this.#metadataAt + this.#config.metadataMaxAge) return false
    this.#metadataAt = clock.now()
    return broker.partitionsOf(this.#topic).length > this.#partitionCount
  }

  /** Joins if that is the cure; false when it is not. */
  async #joinAfter(error: unknown): Promise<boolean> {
    if (!this.#isRunning) return true
    const isForgotten = typeOf(error) === 'UNKNOWN_MEMBER_ID'
    if (!isForgotten && !isRebalancing(error)) return false
    if (isForgotten) this.#memberId = ''
    await this.#join()
    return true
  }

  async #join(): Promise<void> {
    const { broker, clock } = this.#parts
    const timeoutMs = this.#config.rebalanceTimeout + JOIN_PATIENCE_MS
    for (;;) {
      try {
        const joined = await this.#ask('JoinGroup', () => broker.group.join(this.#memberId), timeoutMs)
        this.#memberId = joined.memberId
        this.#generation = joined.generation
        this.#partitionCount = joined.partitionCount
        this.#positions.clear()
        for (const partition of joined.partitions) this.#positions.set(partition, this.#committedOf(partition))
        this.#emit(EVENTS.GROUP_JOIN, {
          memberId: joined.memberId,
          memberAssignment: { [this.#topic]: joined.partitions },
        })
        return
      } catch (error) {
        if (typeOf(error) === 'UNKNOWN_MEMBER_ID') this.#memberId = ''
        else if (!isRebalancing(error)) throw error
        await clock.sleep(BACKOFF_MS)
      }
    }
  }

  /** Where kafkajs would begin by itself; without a commit at the end. */
  #committedOf(partition: number): number {
    const { broker } = this.#parts
    return broker.offsets.of(this.#topic, partition)?.offset ?? broker.log(this.#topic, partition).end
  }

  /** kafkajs leaves the group after some crashes, not after others. */
  #crash(error: unknown): void {
    const { broker, random } = this.#parts
    if (!this.#isRunning) return
    this.#isRunning = false
    const memberId = this.#memberId
    if (random.chance(0.5)) void this.#ask('LeaveGroup', () => broker.group.leave(memberId)).catch(() => {})
    this.#emit(EVENTS.CRASH, { error })
  }

  #emit(name: string, payload: Record<string, unknown>): void {
    this.#listeners.get(name)?.({ payload })
  }

  #ask<T>(name: string, effect: () => T | Promise<T>, timeoutMs?: number): Promise<T> {
    const { network, process } = this.#parts
    const refusal = name === 'Fetch' ? 'NOT_LEADER_FOR_PARTITION' : 'NOT_COORDINATOR_FOR_GROUP'
    return network.request(process, { name, effect, refusal, ...(timeoutMs !== undefined && { timeoutMs }) })
  }
}
