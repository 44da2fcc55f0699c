// One partition as a broker keeps it: records, the markers that end transactions, the last stable offset, and what it
// knows of its producers. Source: KIP-98 and Kafka's ProducerStateManager; one version of each rule, in memory.

import type { FetchedRecordSet } from '#log/kafka/kafkajs/fetch_response'
import { markerBytes, recordBatchBytes } from '#support/log/record_batches'
import { protocolError } from '../world/kafkajs_errors.ts'
import type { VirtualTime } from '../world/virtual_time.ts'

/** A record to be appended. */
export interface SimulatedRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: Readonly<Record<string, Buffer>> | undefined
}

/** A record or marker as it stands in the log. */
export interface LogEntry extends SimulatedRecord {
  readonly offset: string
  readonly timestamp: string
  readonly isControlRecord: boolean
  /** As a record batch of its own. */
  readonly bytes: Buffer
  /** Of a transaction: whether it is decided, and how. */
  state: 'committed' | 'aborted' | 'open'
}

/** Who appends. */
export interface ProducerEpoch {
  readonly producerId: number
  readonly epoch: number
}

/** A transaction that was aborted: from its first record to its marker. */
interface AbortedRange {
  readonly producerId: bigint
  readonly firstOffset: number
  readonly lastOffset: number
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
  readonly #aborted: AbortedRange[] = []

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
    this.#add(record, { isControlRecord: false, state: 'committed', bytes: this.#bytesOf(record) })
    this.#onGrowth()
    return this.end - 1
  }

  /** Appends a batch of a transaction; one that is there already is only acknowledged. */
  produce(producer: ProducerEpoch, sequence: number, records: readonly SimulatedRecord[]): void {
    const state = this.#stateOf(producer)
    if (sequence < state.nextSequence) return
    if (sequence > state.nextSequence) throw protocolError('OUT_OF_ORDER_SEQUENCE_NUMBER')
    state.nextSequence += records.length
    for (const record of records) {
      const bytes = this.#bytesOf(record, producer)
      state.open.push(this.#add(record, { isControlRecord: false, state: 'open', bytes }))
    }
    this.#onGrowth()
  }

  /** Ends the producer's transaction here. */
  mark(producer: ProducerEpoch, isCommit: boolean): void {
    const ended = this.#stateOf(producer).open.splice(0)
    for (const entry of ended) entry.state = isCommit ? 'committed' : 'aborted'
    const producerId = BigInt(producer.producerId)
    if (!isCommit && ended[0] !== undefined) {
      this.#aborted.push({ producerId, firstOffset: Number(ended[0].offset), lastOffset: this.end })
    }
    const bytes = markerBytes({ offset: this.end, producerId, kind: isCommit ? 'commit' : 'abort' })
    this.#add({ key: null, value: null }, { isControlRecord: true, state: 'committed', bytes })
    this.#onGrowth()
  }

  /** The entries of [from, to) as a broker sends them: aborted records too, and which ones these are. */
  fetched(from: number, to: number): FetchedRecordSet {
    const bytes = Buffer.concat(this.entries.slice(from, to).map((entry) => entry.bytes))
    const aborted = this.#aborted.filter(({ firstOffset, lastOffset }) => firstOffset < to && lastOffset >= from)
    return { offset: '', bytes, aborted }
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

  #bytesOf({ key, value, headers }: SimulatedRecord, producer?: ProducerEpoch): Buffer {
    return recordBatchBytes({
      baseOffset: this.end,
      logAppendTime: this.#time.now,
      records: [{ offsetDelta: 0, key, value, headers: Object.entries(headers ?? {}) }],
      ...(producer && { producerId: BigInt(producer.producerId), isTransactional: true }),
    })
  }

  #add(
    { key, value, headers }: SimulatedRecord,
    kind: Pick<LogEntry, 'isControlRecord' | 'state' | 'bytes'>,
  ): LogEntry {
    const facts = { offset: String(this.end), timestamp: String(this.#time.now) }
    const entry = { key, value, ...(headers && { headers }), ...facts, ...kind }
    this.entries.push(entry)
    return entry
  }
}
