// One instance of the stream service under its supervisor: the service's own code on the simulated kafkajs, in a
// process that is started, stopped, killed and frozen. One that fails is started again; a failure that needs somebody's
// help is a bug, since nothing here does, and ends the run.

import type { EventLog, Processor } from '#log/event_log'
import { openKafkaLog } from '#log/kafka/kafka_log'
import type { ObjectStore } from '#object-store/object_store'
import { messageOf, PlatformError } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import type { StateSnapshotPacking } from '#services/stream/snapshot/state_snapshot_store'
import { runStream } from '#services/stream/stream'
import { type ClientMutation, simulatedKafkajs } from '../client/simulated_kafkajs.ts'
import type { SimulatedBroker } from '../cluster/broker.ts'
import type { History } from '../world/history.ts'
import type { Network } from '../world/network.ts'
import type { Random } from '../world/random.ts'
import { clockOf, SimulatedProcess } from '../world/simulated_process.ts'
import { packingAtOnce, simulatedSlicing, simulatedStore } from '../world/simulated_store.ts'
import type { VirtualTime } from '../world/virtual_time.ts'
import { configAt, limitsAt, rulesAt } from './settings.ts'

/** A mistake planted from outside: the production code has no switch for it. */
export interface Mutation extends ClientMutation {
  /** Wraps the processor of one process. */
  readonly processor?: (inner: Processor) => Processor
  /** Wraps the place of state snapshots, and how they are packed. */
  readonly checkpoints?: (inner: ObjectStore) => ObjectStore
  readonly packing?: (inner: StateSnapshotPacking) => StateSnapshotPacking
}

/** What all instances of a run share. */
export interface InstanceParts {
  readonly time: VirtualTime
  readonly broker: SimulatedBroker
  readonly network: Network
  readonly random: Random
  readonly history: History
  readonly batchRecordsMax: number
  readonly handOverMsMax: number
  readonly skewsMs: readonly number[]
  readonly pace: number
  readonly damages: number
  readonly bounded: boolean
  readonly checkpoints: ObjectStore
  readonly mutation: Mutation
  /** Told of what no operation may lead to. */
  readonly onBug: (what: string) => void
}

/** At pace 1. */
const RESTART_MS = 200

interface Life {
  readonly process: SimulatedProcess
  readonly stop: AbortController
  /** Told to stop; the one who told wants it started again. */
  isStopping: boolean
  isWantedAgain: boolean
  /** When it heard of it, unless it was frozen since. */
  stopsSince: number | null
}

/** An instance over all its lives. */
export class SimulatedInstance {
  readonly #parts: InstanceParts
  readonly #number: number
  #life: Life | null = null
  #lives = 0
  #slowestStopMs = 0

  constructor(number: number, parts: InstanceParts) {
    this.#number = number
    this.#parts = parts
  }

  /** The longest that it took to stop in good order. */
  get slowestStopMs(): number {
    return this.#slowestStopMs
  }

  start(): void {
    if (this.#life !== null) {
      this.#life.isWantedAgain = true
      return
    }
    const process = new SimulatedProcess(`instance ${this.#number}.${++this.#lives}`)
    const life: Life = {
      process,
      stop: new AbortController(),
      isStopping: false,
      isWantedAgain: false,
      stopsSince: null,
    }
    this.#life = life
    this.#parts.history.add(`${process.name} starts`)
    void this.#run(life).then(
      () => this.#finished(life),
      (error: unknown) => this.#failed(life, error),
    )
  }

  /** SIGTERM. */
  stop(): void {
    const life = this.#life
    if (life === null || life.isStopping) return
    this.#parts.history.add(`${life.process.name} is told to stop`)
    life.isStopping = true
    life.isWantedAgain = false
    life.process.deliver('answer', () => {
      life.stopsSince = this.#parts.time.now
      life.stop.abort()
    })
  }

  /** SIGKILL. */
  kill(): void {
    if (this.#life === null) return
    this.#parts.history.add(`${this.#life.process.name} is killed`)
    this.#life.process.kill()
    this.#life = null
  }

  /** SIGSTOP, and SIGCONT after a while. */
  freeze(forMs: number): void {
    const life = this.#life
    if (life === null || life.process.isFrozen) return
    this.#parts.history.add(`${life.process.name} is frozen`)
    life.process.freeze()
    life.stopsSince = null
    this.#parts.time.after(forMs, () => this.#thaw(life))
  }

  /** Cuts it off from the broker for a while. */
  cut(forMs: number): void {
    const life = this.#life
    if (life === null) return
    this.#parts.history.add(`${life.process.name} is cut off`)
    life.process.isCut = true
    this.#parts.time.after(forMs, () => {
      life.process.isCut = false
    })
  }

  /** Whatever was done to it is over. */
  calm(): void {
    if (this.#life !== null) this.#thaw(this.#life)
    this.start()
  }

  #thaw({ process }: Life): void {
    if (!process.isFrozen) return
    this.#parts.history.add(`${process.name} goes on`)
    process.thaw(this.#parts.random.chance(0.7) ? 'timer' : 'answer')
  }

  async #run({ process, stop }: Life): Promise<void> {
    const { time, broker, network, random, pace, damages, batchRecordsMax, handOverMsMax, mutation } = this.#parts
    const clock = clockOf(process, time, this.#parts.skewsMs[this.#number] ?? 0)
    const kafkajs = simulatedKafkajs({ process, clock, broker, network, random, handOverMsMax }, mutation)
    const logger = this.#logger(process)
    const limits = { ...limitsAt(pace), batchRecordsMax }
    const facts = { brokers: ['simulated:9092'], clientId: process.name, ssl: false }
    const opened = await openKafkaLog({ ...facts, logger, clock, limits, signal: stop.signal }, kafkajs)
    const wrap = mutation.processor ?? itself<Processor>
    const { checkpoints: wrapStore = itself<ObjectStore>, packing: wrapPacking = itself<StateSnapshotPacking> } =
      mutation
    const log: Pick<EventLog, 'run'> = { run: (options, processor) => opened.run(options, wrap(processor)) }
    await runStream({
      config: configAt(pace),
      rules: rulesAt(pace),
      checkpoints: wrapStore(simulatedStore(this.#parts.checkpoints, { process, network, random, damages })),
      packing: wrapPacking(packingAtOnce),
      slicing: simulatedSlicing(process, time, pace),
      clock,
      logger,
      sinks: [],
      log: log as EventLog,
      signal: stop.signal,
      bounded: this.#parts.bounded,
    })
  }

  /** A bounded run that has come to its end is run again. */
  #finished(life: Life): void {
    this.#ended(life, 'has stopped')
    if (!life.isStopping) this.#startLater()
  }

  #ended(life: Life, how: string): void {
    const { history, time } = this.#parts
    history.add(`${life.process.name} ${how}`)
    if (life.stopsSince !== null) this.#slowestStopMs = Math.max(this.#slowestStopMs, time.now - life.stopsSince)
    if (this.#life !== life) return
    this.#life = null
    if (life.isWantedAgain) this.start()
  }

  #failed(life: Life, error: unknown): void {
    this.#ended(life, `has failed: ${messageOf(error)}`)
    if (!(error instanceof PlatformError && error.retryable)) {
      const stack = error instanceof Error ? error.stack : String(error)
      this.#parts.onBug(`${life.process.name} ended with what nobody can wait out: ${stack}`)
    }
    this.#startLater()
  }

  #startLater(): void {
    this.#parts.time.after(RESTART_MS * this.#parts.pace, () => this.start())
  }

  /** What it says belongs to the history: it tells a failing seed's story. */
  #logger(process: SimulatedProcess): Logger {
    const say = (fields: object, message: string) => {
      const at = 'partition' in fields ? `, partition ${String(fields.partition)}` : ''
      const reason = 'reason' in fields ? ` (${String(fields.reason)})` : ''
      this.#parts.history.add(`${process.name}${at}: ${message}${reason}`)
    }
    return { debug: () => {}, info: say, warn: say, error: say } as unknown as Logger
  }
}

function itself<T>(inner: T): T {
  return inner
}
