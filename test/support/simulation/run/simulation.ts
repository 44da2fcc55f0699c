// One run of a seed: instances of the stream service on a simulated cluster, while things go wrong; then calm, until
// everything is processed; then the check. Liveness is part of it: what is not done in time is a violation.

import { PRICES_TOPIC } from '#market/topics'
import { openMemoryStore } from '#object-store/memory_store'
import { decodeMetadata, NO_METADATA } from '#services/stream/partition/commit_metadata'
import { partitionOfKey } from '#support/log/partition_of_key'
import { SimulatedBroker } from '../cluster/broker.ts'
import type { OffsetCommit } from '../cluster/offsets_log.ts'
import { History } from '../world/history.ts'
import { Network } from '../world/network.ts'
import { type Random, randomOf } from '../world/random.ts'
import { VirtualTime } from '../world/virtual_time.ts'
import { type Mutation, SimulatedInstance } from './instance.ts'
import type { PlannedInput } from './market.ts'
import { hasOpenBars, violationsOf } from './outcome.ts'
import { describePlan, type Plan, planOf } from './plan.ts'
import { configAt, limitsAt, STARTED_AT, STOP_MS_MAX, topicsAt } from './settings.ts'

/** How a run ended. */
export interface Outcome {
  readonly plan: Plan
  /** What was promised and not kept; empty when all was. */
  readonly violations: readonly string[]
  readonly history: readonly string[]
  readonly elapsedMs: number
  readonly commits: number
}

/** After the calm everything must be done by then; at pace 1, as all times here. */
const DONE_MS_MAX = 30_000
const LOOK_MS = 100
/** Bars close by the clock when a partition is quiet: the wait, some ticks, and a transaction that is aborted first. */
const QUIET_MS = configAt(1).idleCloseMs + 1_000

/** What a run has besides its seed. */
export interface Variation extends Mutation {
  /** Gives the plan of the seed another course: who is given what, and which request it is that is lost. */
  readonly course?: number
}

/** Runs a seed. */
export function simulate(seed: number, variation: Variation = {}): Promise<Outcome> {
  return new Simulation(planOf(seed), variation).run()
}

class Simulation {
  readonly #plan: Plan
  readonly #time: VirtualTime
  readonly #history: History
  readonly #network: Network
  readonly #broker: SimulatedBroker
  readonly #instances: readonly SimulatedInstance[]
  readonly #violations: string[] = []
  readonly #appended = new Map<string, PlannedInput>()
  #commits = 0
  #changedAt = 0
  #isDone = false
  #isLate = false

  constructor(plan: Plan, { course = 0, ...mutation }: Variation) {
    const { pace, rates, aimed, lateMsMax, batchRecordsMax, handOverMsMax, skewsMs, damages, bounded } = plan
    this.#plan = plan
    const draws = (part: string) => randomOf(plan.seed, course === 0 ? part : `${part} ${course}`)
    this.#time = new VirtualTime(STARTED_AT, draws('order').next)
    this.#history = new History(this.#time)
    const { requestTimeoutMs } = limitsAt(pace)
    const common = { time: this.#time, history: this.#history }
    this.#network = new Network({
      ...common,
      random: draws('network'),
      rates,
      aimed,
      lateMsMax,
      requestTimeoutMs,
    })
    this.#broker = this.#createBroker(draws('broker'))
    const random = draws('instances')
    const onBug = (what: string) => void this.#violations.push(what)
    const checkpoints = openMemoryStore({ now: () => this.#time.now, sleep: async () => {} })
    const own = { pace, batchRecordsMax, handOverMsMax, skewsMs, damages, bounded, checkpoints, mutation, onBug }
    const parts = { ...common, broker: this.#broker, network: this.#network, random, ...own }
    this.#instances = plan.startsAtMs.map((_, number) => new SimulatedInstance(number, parts))
  }

  async run(): Promise<Outcome> {
    this.#schedule()
    await this.#time.run(() => this.#isDone)
    if (this.#violations.length === 0 || this.#isLate) {
      this.#violations.push(...violationsOf(this.#broker, this.#appended, this.#plan.pace))
    }
    for (const instance of this.#instances) {
      if (instance.slowestStopMs > STOP_MS_MAX * this.#plan.pace)
        this.#violations.push(`a stop took ${instance.slowestStopMs} ms`)
    }
    const { lines: history } = this.#history
    const { elapsedMs } = this.#time
    return { plan: this.#plan, violations: this.#violations, history, elapsedMs, commits: this.#commits }
  }

  #createBroker(random: Random): SimulatedBroker {
    const { pace, partitions, slowMarkers, verifies } = this.#plan
    const { sessionTimeoutMs, rebalanceTimeoutMs, transactionTimeoutMs } = limitsAt(pace)
    return new SimulatedBroker({
      time: this.#time,
      random,
      topics: topicsAt(pace),
      inputTopic: PRICES_TOPIC,
      partitions,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      transactionTimeoutMs,
      slowMarkers,
      verifies,
      onOffset: (commit, before) => this.#checkCommit(commit, before),
    })
  }

  #schedule(): void {
    const { inputs, events, startsAtMs, partitionsAdded, calmAtMs } = this.#plan
    for (const input of inputs) this.#time.after(input.atMs, () => this.#append(input))
    for (const [number, atMs] of startsAtMs.entries()) this.#time.after(atMs, () => this.#instances[number]?.start())
    for (const { atMs, kind, instance, forMs } of events) {
      this.#time.after(atMs, () => {
        const subject = this.#instances[instance]
        if (kind === 'freeze' || kind === 'cut') return subject?.[kind](forMs)
        subject?.[kind]()
        this.#time.after(forMs, () => subject?.start())
      })
    }
    if (partitionsAdded !== null)
      this.#time.after(partitionsAdded.atMs, () => this.#addPartitions(partitionsAdded.count))
    this.#time.after(calmAtMs, () => this.#calm())
  }

  #append(input: PlannedInput): void {
    const count = this.#broker.partitionsOf(PRICES_TOPIC).length
    const key = input.key === null ? null : Buffer.from(input.key)
    const partition = key === null ? input.atMs % count : partitionOfKey(key, count)
    const record = { key, value: Buffer.from(input.value), headers: input.headers }
    const offset = this.#broker.log(PRICES_TOPIC, partition).append(record)
    this.#appended.set(`${partition}/${offset}`, input)
  }

  #addPartitions(count: number): void {
    this.#history.add(`the topics have ${count} partitions from now on`)
    for (const topic of topicsAt(this.#plan.pace)) this.#broker.addPartitions(topic, count)
  }

  #calm(): void {
    this.#history.add('calm')
    this.#network.heal()
    for (const instance of this.#instances) instance.calm()
    this.#look()
  }

  #look(): void {
    const time = this.#time
    const { pace, calmAtMs } = this.#plan
    if (!this.#isSettled()) this.#changedAt = time.elapsedMs
    const isQuiet = time.elapsedMs - this.#changedAt > QUIET_MS * pace
    // An instance that has only just got the partition closes its bars a little later.
    const isDone = isQuiet && !hasOpenBars(this.#broker, pace)
    if (isQuiet && !isDone) this.#changedAt = time.elapsedMs
    if (isDone || this.#violations.length > 0) this.#isDone = true
    else if (time.elapsedMs > calmAtMs + DONE_MS_MAX * pace) this.#giveUp()
    else time.after(LOOK_MS * pace, () => this.#look())
  }

  /** Whether nothing is left to read, and no transaction is open. */
  #isSettled(): boolean {
    const { transactions, offsets } = this.#broker
    if (!transactions.isDecided || !offsets.isDecided) return false
    const ends = this.#broker.partitionsOf(PRICES_TOPIC).map((log, partition) => {
      const last = log.entries.findLast((entry) => !entry.isControlRecord && entry.state === 'committed')
      const committed = offsets.of(PRICES_TOPIC, partition)?.offset ?? 0
      return last === undefined || Number(last.offset) < committed
    })
    return ends.every((each) => each)
  }

  #giveUp(): void {
    this.#isDone = true
    this.#isLate = true
    this.#violations.push(`not everything was processed ${DONE_MS_MAX * this.#plan.pace} ms after the last fault`)
  }

  /** What must hold of every offset at the moment it is committed. */
  #checkCommit(commit: OffsetCommit, before: OffsetCommit | null): void {
    const { partition, offset, metadata } = commit
    this.#commits++
    this.#changedAt = this.#time.elapsedMs
    this.#history.add(`partition ${partition} is committed up to ${offset}, ${metadata}`)
    if (before !== null && before.offset > offset) {
      this.#violations.push(`partition ${partition} went back from ${before.offset} to ${offset}`)
    }
    const log = this.#broker.log(PRICES_TOPIC, partition)
    if (offset > log.end) this.#violations.push(`partition ${partition} is committed up to ${offset} of ${log.end}`)
    const { snapshot, forcedClosings } = decodeMetadata(metadata) ?? NO_METADATA
    if (snapshot !== null && snapshot > offset) {
      this.#violations.push(`partition ${partition} is committed up to ${offset} with a snapshot of ${snapshot}`)
    }
    for (const { offset: at, clock } of forcedClosings) this.#checkForcedClosing(partition, at, clock)
  }

  /** Closing by the clock is for a partition that was read to its end at that time, by an instance's clock. */
  #checkForcedClosing(partition: number, offset: number, clock: number): void {
    const { entries } = this.#broker.log(PRICES_TOPIC, partition)
    const skewMs = Math.max(0, ...this.#plan.skewsMs)
    const next = entries.slice(offset).find((entry) => !entry.isControlRecord && entry.state !== 'aborted')
    const isEarly = next !== undefined && Number(next.timestamp) < clock - skewMs
    if (isEarly || clock - skewMs > this.#time.now) {
      this.#violations.push(`partition ${partition} was closed by the clock at ${offset}, but not at its end`)
    }
  }
}

/** All that it takes to look into a failing seed. */
export function describeFailure({ plan, violations, history }: Outcome): string {
  return [
    `seed ${plan.seed} broke its promise:`,
    ...violations.map((each) => `  ${each}`),
    'plan:',
    ...describePlan(plan).map((each) => `  ${each}`),
    'what happened:',
    ...history.map((each) => `  ${each}`),
    `run it alone: TEST_SIMULATION_SEED=${plan.seed} npm test -- test/simulation/exactly_once.test.ts`,
  ].join('\n')
}
