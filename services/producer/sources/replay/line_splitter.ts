// Bytes to lines, without decoding them. A line ends with LF, CRLF or CR; the last may end with the input. Only a line
// longer than the limit is not passed on whole: it is cut, and said so. A byte order mark before a line is no part of
// it: files that were put together have some in the middle.

import { LINE_BYTES_MAX } from '#services/producer/limits'

/** A line, and where it stands. */
export interface Line {
  /** Without its line end; a view of the chunk where that is possible. */
  readonly content: Buffer
  /** From 1 on, empty lines included. */
  readonly number: number
  /** Bytes of the input up to the line's end, its line end included. */
  readonly end: number
  /** Its bytes in the input when that ended without a line end, else 0: the line may not be whole yet. */
  readonly openBytes: number
}

/** Cuts chunks into lines. */
export interface LineSplitter {
  /** The lines that end in this chunk; empty ones are left out and counted. */
  push(chunk: Buffer): Line[]
  /** The last line, when the input did not end with a line end. */
  end(): Line[]
  emptyLines(): number
}

/** Where a splitter begins: behind so many lines and bytes. */
export interface LineStart {
  readonly lines: number
  readonly bytes: number
}

/** A splitter that tells `onLongLine` the number and length of each line that it cuts to LINE_BYTES_MAX. */
export function lineSplitter(
  onLongLine: (lineNumber: number, bytes: number) => void,
  start: LineStart = { lines: 0, bytes: 0 },
): LineSplitter {
  // Room for what may yet be taken off: a byte order mark and a CR.
  const held = holdBytes(LINE_BYTES_MAX + BYTE_ORDER_MARK.length + 1)
  let number = start.lines
  let chunkStart = start.bytes
  let empty = 0

  const finish = (tail: Buffer, { end, isOpen }: { end: number; isOpen: boolean }, lines: Line[]) => {
    number++
    const bytes = held.bytes() + tail.length
    const openBytes = isOpen ? bytes : 0
    const kept = held.bytes() === 0 ? tail : held.take(tail)
    const isWhole = kept.length === bytes
    const unmarked = withoutMark(kept)
    const line = isWhole && unmarked.at(-1) === CR ? unmarked.subarray(0, -1) : unmarked
    const isLong = !isWhole || line.length > LINE_BYTES_MAX
    if (isLong) onLongLine(number, bytes)
    if (line.length === 0) empty++
    else lines.push({ content: isLong ? line.subarray(0, LINE_BYTES_MAX) : line, number, end, openBytes })
  }

  return {
    push(chunk) {
      const lines: Line[] = []
      // A CR at the end of the chunk before is a line end of its own unless an LF follows.
      if (held.endsWithCr() && chunk.length > 0 && chunk[0] !== LF)
        finish(NOTHING, { end: chunkStart, isOpen: false }, lines)
      let from = 0
      for (const { at, next } of lineEnds(chunk)) {
        finish(chunk.subarray(from, at), { end: chunkStart + next, isOpen: false }, lines)
        from = next
      }
      if (from < chunk.length) held.add(chunk.subarray(from))
      chunkStart += chunk.length
      return lines
    },
    end() {
      const lines: Line[] = []
      if (held.bytes() > 0) finish(NOTHING, { end: chunkStart, isOpen: !held.endsWithCr() }, lines)
      return lines
    },
    emptyLines: () => empty,
  }
}

/** The line ends of a chunk; a CR as its last byte is left open. */
function* lineEnds(chunk: Buffer): Generator<{ readonly at: number; readonly next: number }> {
  let lf = chunk.indexOf(LF)
  let cr = chunk.indexOf(CR)
  while (lf !== -1 || cr !== -1) {
    if (cr === -1 || (lf !== -1 && lf < cr)) {
      yield { at: lf, next: lf + 1 }
      lf = chunk.indexOf(LF, lf + 1)
    } else if (cr === chunk.length - 1) {
      return
    } else {
      const isPair = lf === cr + 1
      yield { at: cr, next: isPair ? cr + 2 : cr + 1 }
      if (isPair) lf = chunk.indexOf(LF, cr + 2)
      cr = chunk.indexOf(CR, cr + 1)
    }
  }
}

const NOTHING = Buffer.alloc(0)
const LF = 0x0a
const CR = 0x0d
const BYTE_ORDER_MARK = Buffer.from('\uFEFF')

function withoutMark(line: Buffer): Buffer {
  const { length } = BYTE_ORDER_MARK
  return line.subarray(0, length).equals(BYTE_ORDER_MARK) ? line.subarray(length) : line
}

/** The beginning of a line that is not yet at its end: counts all of it, keeps only the first bytes. */
function holdBytes(keepBytesMax: number) {
  let parts: Buffer[] = []
  let keptBytes = 0
  let bytes = 0
  let lastByte = 0
  const add = (part: Buffer) => {
    bytes += part.length
    lastByte = part.at(-1) ?? lastByte
    const room = keepBytesMax - keptBytes
    if (room <= 0) return
    const kept = part.length > room ? part.subarray(0, room) : part
    parts.push(kept)
    keptBytes += kept.length
  }
  return {
    add,
    bytes: () => bytes,
    endsWithCr: () => lastByte === CR,
    take(tail: Buffer): Buffer {
      add(tail)
      const line = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
      parts = []
      keptBytes = 0
      bytes = 0
      lastByte = 0
      return line
    },
  }
}
