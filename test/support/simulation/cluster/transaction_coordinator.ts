// Transactions as the coordinator keeps them: an id with its epoch, the one open transaction, its end in two steps.
// After EndTxn is answered the markers still have to be written, one partition after another; until then the id is
// busy (CONCURRENT_TRANSACTIONS). Source: KIP-98; the protocol before KIP-890, which kafkajs speaks.

import { protocolError } from '../world/kafkajs_errors.ts'
import type { Random } from '../world/random.ts'
import type { VirtualTime } from '../world/virtual_time.ts'
import type { ProducerEpoch } from './partition_log.ts'

/** What a transaction may touch: a partition's log, or a group's offsets. */
export interface Marked {
  mark(producer: ProducerEpoch, isCommit: boolean): void
}

/** A producer that says which transaction it means. */
export interface TransactionRequest extends ProducerEpoch {
  readonly transactionalId: string
}

interface TransactionState {
  readonly producerId: number
  epoch: number
  state: 'empty' | 'ongoing' | 'ending' | 'ended'
  isCommit: boolean
  touched: Set<Marked>
  /** Counts transactions, so that a timeout knows its own. */
  number: number
}

const MARKER_MS_MAX = 10
const SLOW_MARKER_MS_MAX = 400

/** The coordinator of all transactional ids. */
export class TransactionCoordinator {
  readonly #time: VirtualTime
  readonly #random: Random
  readonly #timeoutMs: number
  readonly #slowMarkers: number
  readonly #states = new Map<string, TransactionState>()

  constructor(parts: { time: VirtualTime; random: Random; timeoutMs: number; slowMarkers: number }) {
    this.#time = parts.time
    this.#random = parts.random
    this.#timeoutMs = parts.timeoutMs
    this.#slowMarkers = parts.slowMarkers
  }

  get isDecided(): boolean {
    return [...this.#states.values()].every(({ state }) => state === 'empty' || state === 'ended')
  }

  /** InitProducerId: fences the producer before and ends its transaction. */
  init(transactionalId: string): ProducerEpoch {
    const known = this.#states.get(transactionalId)
    if (known === undefined) {
      const producerId = this.#states.size
      const fresh = { producerId, epoch: 0, state: 'empty' as const, isCommit: false, touched: new Set<Marked>() }
      this.#states.set(transactionalId, { ...fresh, number: 0 })
      return { producerId, epoch: 0 }
    }
    if (known.state === 'ongoing') this.#fenceAndAbort(known)
    if (known.state === 'ending') throw protocolError('CONCURRENT_TRANSACTIONS')
    known.epoch++
    known.state = 'empty'
    return { producerId: known.producerId, epoch: known.epoch }
  }

  /** AddPartitionsToTxn and AddOffsetsToTxn: the first of a transaction begins it. */
  add(request: TransactionRequest, touched: readonly Marked[]): void {
    const known = this.#current(request)
    if (known.state === 'ending') throw protocolError('CONCURRENT_TRANSACTIONS')
    if (known.state !== 'ongoing') this.#begin(known)
    for (const each of touched) known.touched.add(each)
  }

  /** Since KIP-890 the leader asks whether a batch or an offset belongs to an open transaction. */
  verify(request: TransactionRequest, touched: Marked): void {
    const known = this.#current(request)
    if (known.state !== 'ongoing' || !known.touched.has(touched)) throw protocolError('INVALID_TXN_STATE')
  }

  /** EndTxn. Answered when the outcome is decided; readers see it later. */
  end(request: TransactionRequest, isCommit: boolean): void {
    const known = this.#current(request)
    if (known.state === 'ongoing') this.#end(known, isCommit)
    else if (known.state === 'empty' || known.isCommit !== isCommit) throw protocolError('INVALID_TXN_STATE')
    else if (known.state === 'ending') throw protocolError('CONCURRENT_TRANSACTIONS')
  }

  #current({ transactionalId, producerId, epoch }: TransactionRequest): TransactionState {
    const known = this.#states.get(transactionalId)
    if (known === undefined || known.producerId !== producerId) throw protocolError('INVALID_PRODUCER_ID_MAPPING')
    if (known.epoch !== epoch) {
      throw protocolError(this.#random.chance(0.5) ? 'INVALID_PRODUCER_EPOCH' : 'PRODUCER_FENCED')
    }
    return known
  }

  #begin(state: TransactionState): void {
    state.state = 'ongoing'
    state.touched = new Set()
    const number = ++state.number
    this.#time.after(this.#timeoutMs, () => {
      if (state.number === number && state.state === 'ongoing') this.#fenceAndAbort(state)
    })
  }

  #fenceAndAbort(state: TransactionState): void {
    state.epoch++
    this.#end(state, false)
  }

  #end(state: TransactionState, isCommit: boolean): void {
    state.state = 'ending'
    state.isCommit = isCommit
    const producer = { producerId: state.producerId, epoch: state.epoch }
    let left = state.touched.size
    if (left === 0) state.state = 'ended'
    for (const each of state.touched) {
      this.#time.after(this.#markerMs(), () => {
        each.mark(producer, isCommit)
        left--
        if (left === 0) state.state = 'ended'
      })
    }
  }

  #markerMs(): number {
    return this.#random.whole(0, this.#random.chance(this.#slowMarkers) ? SLOW_MARKER_MS_MAX : MARKER_MS_MAX)
  }
}
