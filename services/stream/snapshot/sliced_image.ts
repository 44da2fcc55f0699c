// A state's image made in slices, between which the state goes on changing: what is about to change is copied first,
// and the rest symbol by symbol. What other symbols' quotes change (order, clock, origins) is copied at once.
// Invariant: the bytes are those of encodeStateSnapshot(identity, imageOf(state)) when the image was begun. Symbols
// that came later stand in slots that are copied already, or beyond those that the image has.

import { STATE_SNAPSHOT_BYTES_MAX } from '#services/stream/limits'
import { type ImageRange, ImageWriter, NUMBER_BYTES } from '#services/stream/snapshot/image_lists'
import { writePartition, writeSymbol } from '#services/stream/snapshot/state_image'
import { descriptionLine, type StateSnapshotIdentity } from '#services/stream/snapshot/state_snapshot'
import type { ImageUnderWay, PartitionState } from '#services/stream/state/partition_state'
import { symbolAt } from '#services/stream/state/symbol_order'
import type { SymbolState } from '#services/stream/state/symbol_state'

/** How the work is cut. Results do not depend on it. */
export interface ImageSlicing {
  /** See STATE_SNAPSHOT_SLICE_ENTRIES. */
  readonly entriesMax: number
  /** See STATE_SNAPSHOT_CHANGES_MAX. */
  readonly changesMax: number
  /** Lets others have the event loop. */
  nextTurn(): Promise<void>
}

/** The work of a snapshot: it stops after each slice, and comes to the bytes. */
export type SnapshotSlices = Generator<void, Uint8Array<ArrayBuffer>>

/** An image from its beginning to its bytes. The state knows of it until all symbols are copied. */
export class SlicedImage implements ImageUnderWay {
  readonly #state: PartitionState
  readonly #slicing: ImageSlicing
  readonly #copied = Promise.withResolvers<void>()
  readonly #to = new ImageWriter()
  /** Numbers before the first symbol's. */
  readonly #headLength: number
  /** PLACE_FIELDS of each slot. */
  readonly #places: Float64Array
  /** RANGE_FIELDS of each slot: all 0 until its symbol is copied. */
  readonly #ranges: Uint32Array
  readonly #slots: number

  /** Begins the image of the state as it is now. */
  constructor(state: PartitionState, slicing: ImageSlicing) {
    this.#state = state
    this.#slicing = slicing
    this.#slots = state.symbols.length
    this.#places = placesOf(state)
    this.#ranges = new Uint32Array(this.#slots * RANGE_FIELDS)
    writePartition(this.#to, state)
    this.#headLength = this.#to.numberCount
    state.image = this
  }

  keep(symbol: SymbolState): void {
    if (symbol.slot < this.#slots && !this.#isCopied(symbol.slot)) this.#copy(symbol)
  }

  readyFor(records: number): Promise<void> | null {
    return records > this.#slicing.changesMax ? this.#copied.promise : null
  }

  /** The snapshot's bytes, slice by slice. Throws when they are too many. */
  *slices(identity: StateSnapshotIdentity): SnapshotSlices {
    try {
      yield* this.#copySymbols()
    } finally {
      this.#state.image = null
      this.#copied.resolve()
    }
    const lines = yield* this.#encodeLines(identity)
    const linesLength = lines.reduce((sum, { length }) => sum + length, 0)
    const bytes = new Uint8Array(checkedSize(linesLength + this.#to.numberCount * NUMBER_BYTES))
    yield* copyLines(lines, bytes)
    yield* this.#copyNumbers(bytes.subarray(linesLength))
    return bytes
  }

  *#copySymbols(): Generator<void, void> {
    let sliceEnd = this.#entryCount + this.#slicing.entriesMax
    for (let slot = 0; slot < this.#slots; slot++) {
      if (this.#entryCount >= sliceEnd) {
        checkedSize(this.#to.numberCount * NUMBER_BYTES)
        yield
        sliceEnd = this.#entryCount + this.#slicing.entriesMax
      }
      if (!this.#isCopied(slot)) this.#copy(symbolAt(this.#state, slot))
    }
  }

  /** The description, and the texts in the order of slots: both lines in pieces. */
  *#encodeLines(identity: StateSnapshotIdentity): Generator<void, Uint8Array[]> {
    const counts = { numbers: this.#to.numberCount, texts: this.#to.textCount }
    const pieces: Uint8Array[] = []
    let piece = `${descriptionLine(identity, counts)}[`
    for (let slot = 0, isFirst = true; slot < this.#slots; slot++) {
      const { from, to } = this.#rangeOf(slot, TEXTS)
      for (let index = from; index < to; index++, isFirst = false) {
        piece += `${isFirst ? '' : ','}${JSON.stringify(this.#to.textAt(index))}`
        if (piece.length < this.#slicing.entriesMax * NUMBER_BYTES) continue
        pieces.push(Buffer.from(piece))
        piece = ''
        yield
      }
    }
    pieces.push(Buffer.from(`${piece}]\n`))
    return pieces
  }

  /** The numbers in the order of slots. */
  *#copyNumbers(bytes: Uint8Array): Generator<void, void> {
    this.#to.copyNumbers({ from: 0, to: this.#headLength }, bytes, 0)
    let copied = this.#headLength
    let sliceEnd = copied + this.#slicing.entriesMax
    for (let slot = 0; slot < this.#slots; slot++) {
      if (copied >= sliceEnd) {
        yield
        sliceEnd = copied + this.#slicing.entriesMax
      }
      const range = this.#rangeOf(slot, NUMBERS)
      this.#to.copyNumbers(range, bytes, copied * NUMBER_BYTES)
      copied += range.to - range.from
    }
  }

  get #entryCount(): number {
    return this.#to.numberCount + this.#to.textCount
  }

  #isCopied(slot: number): boolean {
    return this.#rangeOf(slot, NUMBERS).to > 0
  }

  #copy(symbol: SymbolState): void {
    const [at, place] = [symbol.slot * RANGE_FIELDS, symbol.slot * PLACE_FIELDS]
    this.#ranges[at + NUMBERS] = this.#to.numberCount
    this.#ranges[at + TEXTS] = this.#to.textCount
    writeSymbol(this.#to, symbol, {
      before: this.#places[place] as number,
      after: this.#places[place + 1] as number,
      lastIngest: this.#places[place + 2] as number,
    })
    this.#ranges[at + NUMBERS + 1] = this.#to.numberCount
    this.#ranges[at + TEXTS + 1] = this.#to.textCount
  }

  #rangeOf(slot: number, list: typeof NUMBERS | typeof TEXTS): ImageRange {
    const at = slot * RANGE_FIELDS + list
    return { from: this.#ranges[at] as number, to: this.#ranges[at + 1] as number }
  }
}

const PLACE_FIELDS = 3

/** Begin and end of what a symbol has of each list. */
const RANGE_FIELDS = 4
const NUMBERS = 0
const TEXTS = 2

function placesOf({ symbols }: PartitionState): Float64Array {
  const places = new Float64Array(symbols.length * PLACE_FIELDS)
  let at = 0
  for (const { before, after, lastIngest } of symbols) {
    places[at++] = before
    places[at++] = after
    places[at++] = lastIngest
  }
  return places
}

function* copyLines(pieces: readonly Uint8Array[], bytes: Uint8Array): Generator<void, void> {
  let position = 0
  for (const piece of pieces) {
    bytes.set(piece, position)
    position += piece.length
    if (position < bytes.length) yield
  }
}

function checkedSize(bytes: number): number {
  if (bytes > STATE_SNAPSHOT_BYTES_MAX) throw new Error(`a snapshot of ${bytes} bytes is too large`)
  return bytes
}
