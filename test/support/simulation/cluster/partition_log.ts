// One partition as a broker keeps it: records, the markers that end transactions, the last stable offset, and what it
// knows of its producers. Source: KIP-98 and Kafka's ProducerStateManager; one version of each rule, in memory.

import { protocolError } from '../world/kafkajs_errors.ts'
import type { VirtualTime } from '../world/virtual_time.ts'

/** A record to be appended. */
export interface SimulatedRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: Readonly<Record<string, Buffer>> | undefined
}

/** A record or marker as it stands in the log, in the shape that kafkajs hands on. */
export interface LogEntry extends SimulatedRecord {
  readonly offset: string
  readonly timestamp: string
  readonly isControlRecord: boolean
  /** Of a transaction: whether it is decided, and how. */
  state: 'committed' | 'aborted' | 'open'
}

/** Who appends. */
export interface ProducerEpoch {
  readonly producerId: number
  readonly epoch: number
}

interface ProducerState {
  epoch: number
  /** Sequence number of the next record. */
  nextSequence: number
  /** The records of its open transaction. */
  readonly open: LogEntry[]
}

/** A partition's log. */
export class PartitionLog {
  readonly entries: LogEntry[] = []
  readonly #time: VirtualTime
  readonly #onGrowth: () => void
  readonly #producers = new Map<number, ProducerState>()

  constructor(time: VirtualTime, onGrowth: () => void) {
    this.#time = time
    this.#onGrowth = onGrowth
  }

  /** The high watermark. */
  get end(): number {
    return this.entries.length
  }

  /** Up to where readers of what is committed may read. */
  get lastStable(): number {
    let stable = this.end
    for (const { open } of this.#producers.values()) {
      const [first] = open
      if (first !== undefined) stable = Math.min(stable, Number(first.offset))
    }
    return stable
  }

  /** Appends what belongs to no transaction. */
  append(record: SimulatedRecord): number {
    const { offset } = this.#add(record, { isControlRecord: false, state: 'committed' })
    this.#onGrowth()
    return Number(offset)
  }

  /** Appends a batch of a transaction; one that is there already is only acknowledged. */
  produce(producer: ProducerEpoch, sequence: number, records: readonly SimulatedRecord[]): void {
    const state = this.#stateOf(producer)
    if (sequence < state.nextSequence) return
    if (sequence > state.nextSequence) throw protocolError('OUT_OF_ORDER_SEQUENCE_NUMBER')
    state.nextSequence += records.length
    for (const record of records) state.open.push(this.#add(record, { isControlRecord: false, state: 'open' }))
    this.#onGrowth()
  }

  /** Ends the producer's transaction here. */
  mark(producer: ProducerEpoch, isCommit: boolean): void {
    for (const entry of this.#stateOf(producer).open.splice(0)) entry.state = isCommit ? 'committed' : 'aborted'
    this.#add({ key: null, value: null }, { isControlRecord: true, state: 'committed' })
    this.#onGrowth()
  }

  /** What readers of committed records see, in order. */
  committed(): LogEntry[] {
    return this.entries.filter((entry) => !entry.isControlRecord && entry.state === 'committed')
  }

  #stateOf({ producerId, epoch }: ProducerEpoch): ProducerState {
    const known = this.#producers.get(producerId)
    if (known === undefined) {
      const state = { epoch, nextSequence: 0, open: [] }
      this.#producers.set(producerId, state)
      return state
    }
    if (epoch < known.epoch) throw protocolError('INVALID_PRODUCER_EPOCH')
    if (epoch > known.epoch) {
      known.epoch = epoch
      known.nextSequence = 0
    }
    return known
  }

  #add({ key, value, headers }: SimulatedRecord, kind: Pick<LogEntry, 'isControlRecord' | 'state'>): LogEntry {
    const facts = { offset: String(this.end), timestamp: String(this.#time.now) }
    const entry = { key, value, ...(headers && { headers }), ...facts, ...kind }
    this.entries.push(entry)
    return entry
  }
}
