// Where a replay stands in its recording, and whether that is still the same recording. A recording is known by its
// first line, so it may be renamed, moved or compressed; and by a checksum of all that was sent of it, so that one
// which has grown longer is told from one which was changed. Bytes and lines are those of the decompressed content.

import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { PlatformError } from '#runtime/errors'
import { LineSplitter, type LineStart, type Lines } from '#services/producer/sources/replay/line_splitter'

/** A position behind a line. */
export interface ReplayPosition extends LineStart {
  /** CRC-32 of the bytes before it. */
  readonly checksum: number
  /** Bytes of the line before it when that had no line end yet, else 0: the line may have grown since. */
  readonly openBytes: number
}

/** The position's text. */
export function encodePosition({ lines, bytes, checksum, openBytes }: ReplayPosition): string {
  return JSON.stringify({ lines, bytes, checksum, openBytes } satisfies ReplayPosition)
}

/** The position in a text that encodePosition has made. */
export function decodePosition(text: string): ReplayPosition {
  return JSON.parse(text) as ReplayPosition
}

/** The name of a recording, by its first line that is not empty; null when there is none. */
export async function recordingName(content: AsyncIterable<Buffer>): Promise<string | null> {
  const splitter = new LineSplitter(() => {})
  for await (const chunk of content) {
    const lines = splitter.push(chunk)
    if (lines.count > 0) return nameBy(lines)
  }
  const lines = splitter.end()
  return lines.count === 0 ? null : nameBy(lines)
}

function nameBy({ bytes, starts, stops }: Lines): string {
  const firstLine = bytes.subarray(starts[0], stops[0])
  return `replay-${createHash('sha256').update(firstLine).digest('hex').slice(0, 16)}`
}

/** Computes the checksum of content as it goes by, up to any place in the chunk at hand. */
export class RunningChecksum {
  #checksum: number
  #bytes: number
  #rest: Buffer = Buffer.alloc(0)

  constructor(from: { readonly bytes: number; readonly checksum: number }) {
    this.#checksum = from.checksum
    this.#bytes = from.bytes
  }

  /** Takes the next chunk. */
  push(chunk: Buffer): void {
    this.upTo(this.#bytes + this.#rest.length)
    this.#rest = chunk
  }

  /** The checksum up to a place that is not before the last one asked for. */
  upTo(bytes: number): number {
    const taken = bytes - this.#bytes
    if (taken > 0) {
      this.#checksum = crc32(this.#rest.subarray(0, taken), this.#checksum)
      this.#rest = this.#rest.subarray(taken)
      this.#bytes = bytes
    }
    return this.#checksum
  }
}

/** Where to go on, and what has been read beyond it. */
export interface Resumed {
  readonly start: LineStart & { readonly checksum: number }
  /** The content that was read already; null at the recording's end. */
  readonly first: Buffer | null
}

/** Reads up to the position. Throws SOURCE_FAILED, naming `file`, when the content before it is not what it was. */
export async function resumeAt(
  content: AsyncIterator<Buffer>,
  position: ReplayPosition,
  file: string,
): Promise<Resumed> {
  const reader = new ContentReader(content)
  const { lines, bytes, checksum, openBytes } = position
  let closed = 0
  await reader.take(bytes - openBytes, (part) => {
    closed = crc32(part, closed)
  })
  const open: Buffer[] = []
  await reader.take(openBytes, (part) => void open.push(part))
  if (reader.ended || crc32(Buffer.concat(open), closed) !== checksum) throw changed(file, position)
  const rest = await reader.more()
  if (rest === null || openBytes === 0) return { start: { lines, bytes, checksum }, first: rest }
  const lineEnd = lineEndOf(rest)
  if (lineEnd > 0) {
    const start = { lines, bytes: bytes + lineEnd, checksum: crc32(rest.subarray(0, lineEnd), checksum) }
    return { start, first: rest.subarray(lineEnd) }
  }
  // Only the beginning of this line was sent, and is a dead letter: now it is whole.
  const start = { lines: lines - 1, bytes: bytes - openBytes, checksum: closed }
  return { start, first: Buffer.concat([...open, rest]) }
}

/** The bytes of the line end that content begins with; 0 when it begins with something else. */
function lineEndOf(content: Buffer): number {
  if (content[0] === LF) return 1
  if (content[0] !== CR) return 0
  return content[1] === LF ? 2 : 1
}

const LF = 0x0a
const CR = 0x0d

/** Reads numbers of bytes out of chunks. */
class ContentReader {
  readonly #content: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)
  /** The content ended before all that was to be taken. */
  ended = false

  constructor(content: AsyncIterator<Buffer>) {
    this.#content = content
  }

  async take(bytes: number, onPart: (part: Buffer) => void): Promise<void> {
    for (let left = bytes; left > 0 && !this.ended; ) {
      const chunk = await this.more()
      if (chunk === null) {
        this.ended = true
        return
      }
      const part = chunk.subarray(0, left)
      onPart(part)
      left -= part.length
      this.#rest = chunk.subarray(part.length)
    }
  }

  /** What is at hand, or the next chunk; null at the end. */
  async more(): Promise<Buffer | null> {
    while (this.#rest.length === 0) {
      const next = await this.#content.next()
      if (next.done) return null
      this.#rest = next.value
    }
    return this.#rest
  }
}

function changed(file: string, { lines }: ReplayPosition): PlatformError {
  const sent = `the ${lines.toLocaleString('en-US')} lines of it that were sent`
  const message = `${file} was changed: it begins as before, but does not hold ${sent} as they were`
  const advice = 'bring the file back, or set SOURCE_POSITION=start to send all of it'
  return new PlatformError('SOURCE_FAILED', `${message}; ${advice}`, { fields: { file, lines } })
}
