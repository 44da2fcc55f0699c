// Bytes to lines, without decoding them and without an object a line. A line ends with LF, CRLF or CR; the last may end
// with the input. Only a line longer than the limit is not passed on whole: it is cut, and said so. A byte order mark
// before a line is no part of it: files that were put together have some in the middle.

import { grown } from '#log/grown'
import { LINE_BYTES_MAX } from '#services/producer/limits'

/** Lines that lie in the same bytes: row i of each column belongs to the same line. */
export interface Lines {
  /** What all positions point into. */
  readonly bytes: Buffer
  /** How many lines. */
  readonly count: number
  /** Where a line's content begins and ends; its line end is no part of it. */
  readonly starts: Int32Array
  readonly stops: Int32Array
  /** Where the next line begins. */
  readonly ends: Int32Array
  /** From 1 on, empty lines included. */
  readonly numbers: Float64Array
  /** How many bytes of the input came before `bytes`. */
  readonly offset: number
  /** Bytes of the last line in the input when that ended without a line end, else 0: it may not be whole yet. */
  readonly openBytes: number
}

/** Where a splitter begins: behind so many lines and bytes. */
export interface LineStart {
  readonly lines: number
  readonly bytes: number
}

/** Told the number and length of each line that is cut to LINE_BYTES_MAX. */
export type LongLineListener = (lineNumber: number, bytes: number) => void

const NOTHING = Buffer.alloc(0)
const LF = 0x0a
const CR = 0x0d
const BYTE_ORDER_MARK = Buffer.from('\uFEFF')
/** Room for what may yet be taken off: a byte order mark and a CR. */
const HELD_BYTES_MAX = LINE_BYTES_MAX + BYTE_ORDER_MARK.length + 1

/** Cuts chunks into lines. */
export class LineSplitter {
  readonly #onLongLine: LongLineListener
  #number: number
  #inputBytes: number
  #emptyLines = 0
  /** The beginning of a line that has no end yet, and how many bytes of it are not kept. */
  #held: Buffer = NOTHING
  #droppedBytes = 0
  #endsWithCr = false
  #capacity = 64
  #found = new LineColumns(0)

  constructor(onLongLine: LongLineListener, start: LineStart = { lines: 0, bytes: 0 }) {
    this.#onLongLine = onLongLine
    this.#number = start.lines
    this.#inputBytes = start.bytes
  }

  get emptyLines(): number {
    return this.#emptyLines
  }

  /** The lines that end in this chunk; empty ones are left out and counted. */
  push(chunk: Buffer): Lines {
    if (chunk.length === 0) return this.#nothingNew()
    const held = this.#held
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const offset = this.#inputBytes - held.length
    this.#found = new LineColumns(this.#capacity)
    const from = this.#cut(bytes, held.length)
    this.#inputBytes += chunk.length
    this.#hold(bytes.subarray(from))
    return this.#take({ bytes, offset, openBytes: 0 })
  }

  /** The last line, when the input did not end with a line end. */
  end(): Lines {
    const held = this.#held
    const bytes = held.length + this.#droppedBytes
    const openBytes = this.#endsWithCr ? 0 : bytes
    const offset = this.#inputBytes - held.length
    this.#found = new LineColumns(1)
    if (bytes > 0) {
      const isClosed = this.#endsWithCr && this.#droppedBytes === 0
      this.#add(held, { start: 0, stop: isClosed ? held.length - 1 : held.length, next: held.length })
    }
    this.#held = NOTHING
    return this.#take({ bytes: held, offset, openBytes })
  }

  /** What is held stays as it is: of a cut line it does not tell whether a CR was last. */
  #nothingNew(): Lines {
    this.#found = new LineColumns(0)
    return this.#take({ bytes: NOTHING, offset: this.#inputBytes, openBytes: 0 })
  }

  #take(rest: Pick<Lines, 'bytes' | 'offset' | 'openBytes'>): Lines {
    const { count, starts, stops, ends, numbers } = this.#found
    this.#capacity = Math.max(this.#capacity, count)
    return { ...rest, count, starts, stops, ends, numbers }
  }

  /** Finds the lines of `bytes`, where `heldBytes` were looked at before; returns where the first open one begins. */
  #cut(bytes: Buffer, heldBytes: number): number {
    let start = 0
    let from = heldBytes
    // A CR at the end of what is held is a line end of its own unless an LF follows.
    if (this.#endsWithCr && this.#droppedBytes === 0) from--
    else if (this.#endsWithCr && bytes[from] !== LF) {
      this.#add(bytes, { start, stop: from, next: from })
      start = from
    }
    let lf = bytes.indexOf(LF, from)
    let cr = bytes.indexOf(CR, from)
    while (lf !== -1 || cr !== -1) {
      const isLf = cr === -1 || (lf !== -1 && lf < cr)
      if (!isLf && cr === bytes.length - 1) break
      const stop = isLf ? lf : cr
      const next = isLf || lf !== cr + 1 ? stop + 1 : stop + 2
      this.#add(bytes, { start, stop, next })
      start = next
      if (lf !== -1 && lf < next) lf = bytes.indexOf(LF, next)
      if (cr !== -1 && cr < next) cr = bytes.indexOf(CR, next)
    }
    return start
  }

  /** Takes note of a line. */
  #add(bytes: Buffer, { start, stop, next }: LinePlace): void {
    this.#number++
    const length = stop - start + this.#droppedBytes
    const isWhole = this.#droppedBytes === 0
    this.#droppedBytes = 0
    const first = startsWithMark(bytes, start, stop) ? start + BYTE_ORDER_MARK.length : start
    const isLong = !isWhole || stop - first > LINE_BYTES_MAX
    if (isLong) this.#onLongLine(this.#number, length)
    if (first === stop) this.#emptyLines++
    else this.#found.add({ start: first, stop: isLong ? first + LINE_BYTES_MAX : stop, next, number: this.#number })
  }

  /** Keeps the beginning of the line that is open; all of it is counted. */
  #hold(rest: Buffer): void {
    this.#endsWithCr = rest.at(-1) === CR
    // Copied, so that the chunk can go.
    this.#held = Buffer.from(rest.subarray(0, HELD_BYTES_MAX))
    this.#droppedBytes += rest.length - this.#held.length
  }
}

interface LinePlace {
  readonly start: number
  readonly stop: number
  readonly next: number
}

function startsWithMark(bytes: Buffer, start: number, stop: number): boolean {
  if (bytes[start] !== BYTE_ORDER_MARK[0] || stop - start < BYTE_ORDER_MARK.length) return false
  return bytes[start + 1] === BYTE_ORDER_MARK[1] && bytes[start + 2] === BYTE_ORDER_MARK[2]
}

/** The columns of lines, which grow. */
class LineColumns {
  count = 0
  starts: Int32Array
  stops: Int32Array
  ends: Int32Array
  numbers: Float64Array

  constructor(capacity: number) {
    this.starts = new Int32Array(capacity)
    this.stops = new Int32Array(capacity)
    this.ends = new Int32Array(capacity)
    this.numbers = new Float64Array(capacity)
  }

  add({ start, stop, next, number }: LinePlace & { readonly number: number }): void {
    const row = this.count++
    if (row === this.starts.length) this.#grow()
    this.starts[row] = start
    this.stops[row] = stop
    this.ends[row] = next
    this.numbers[row] = number
  }

  #grow(): void {
    const capacity = Math.max(2 * this.starts.length, 64)
    this.starts = grown(this.starts, capacity)
    this.stops = grown(this.stops, capacity)
    this.ends = grown(this.ends, capacity)
    this.numbers = grown(this.numbers, capacity)
  }
}
