// Bytes to lines, without decoding them. A line ends with LF or CRLF; the last may end with the input. Only a line
// longer than the limit is not passed on whole: it is cut, and said so.

import { LINE_BYTES_MAX } from '#services/producer/limits'

/** Cuts chunks into lines. The lines are views of the chunks where that is possible. */
export interface LineSplitter {
  /** The lines that end in this chunk, without their line ends; empty ones are left out and counted. */
  push(chunk: Buffer): Buffer[]
  /** The last line, when the input did not end with a line end. */
  end(): Buffer[]
  emptyLines(): number
}

/** A splitter that tells `onLongLine` the number (from 1) and length of each line that it cuts to LINE_BYTES_MAX. */
export function lineSplitter(onLongLine: (lineNumber: number, bytes: number) => void): LineSplitter {
  // Room for what may yet be taken off: a byte order mark and a CR.
  const held = holdBytes(LINE_BYTES_MAX + BYTE_ORDER_MARK.length + 1)
  let lineNumber = 0
  let empty = 0

  const finish = (tail: Buffer, lines: Buffer[]) => {
    lineNumber++
    const bytes = held.bytes() + tail.length
    const kept = held.bytes() === 0 ? tail : held.take(tail)
    const isWhole = kept.length === bytes
    const content = lineNumber === 1 ? withoutMark(kept) : kept
    const line = isWhole && content.at(-1) === CR ? content.subarray(0, -1) : content
    const isLong = !isWhole || line.length > LINE_BYTES_MAX
    if (isLong) onLongLine(lineNumber, bytes)
    if (line.length === 0) empty++
    else lines.push(isLong ? line.subarray(0, LINE_BYTES_MAX) : line)
  }

  return {
    push(chunk) {
      const lines: Buffer[] = []
      let from = 0
      for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
        finish(chunk.subarray(from, at), lines)
        from = at + 1
      }
      if (from < chunk.length) held.add(chunk.subarray(from))
      return lines
    },
    end() {
      const lines: Buffer[] = []
      if (held.bytes() > 0) finish(Buffer.alloc(0), lines)
      return lines
    },
    emptyLines: () => empty,
  }
}

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
  const add = (part: Buffer) => {
    bytes += part.length
    const room = keepBytesMax - keptBytes
    if (room <= 0) return
    const kept = part.length > room ? part.subarray(0, room) : part
    parts.push(kept)
    keptBytes += kept.length
  }
  return {
    add,
    bytes: () => bytes,
    take(tail: Buffer): Buffer {
      add(tail)
      const line = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
      parts = []
      keptBytes = 0
      bytes = 0
      return line
    },
  }
}
