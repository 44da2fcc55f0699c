// The bytes of a replay: a file, or standard input for `-`, decompressed by the ending of its name (.gz, .zst, in any
// case). Read as a stream, whatever its size. Its failures name the file and say what to do.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { messageOf, PlatformError } from '#runtime/errors'
import { REPLAY_CHUNK_BYTES } from '#services/producer/limits'
import { DamagedInput, explained, formatOf } from '#services/producer/sources/replay/compressed_input'
import { fileFailure, STANDARD_INPUT } from '#services/producer/sources/replay/replay_file'
import { decompressZstd } from '#services/producer/sources/replay/zstd_frames'

/** Where a replay is read from. */
export interface ReplayInput {
  /** A path, or `-` for standard input. */
  readonly file: string
  readonly stdin: Readable
}

/** How a replay is called where a person reads of it. */
export function nameOf(file: string): string {
  return file === STANDARD_INPUT ? 'standard input' : file
}

/** True for standard input and for a pipe under a name, such as /dev/stdin or `<(zcat ...)`: its bytes come once. */
export async function isReadOnce(file: string): Promise<boolean> {
  if (file === STANDARD_INPUT) return true
  // A file that is not there is the reader's to report.
  const facts = await stat(file).catch(() => undefined)
  return facts !== undefined && !facts.isFile() && !facts.isDirectory()
}

/** The content. Ends early when the signal aborts; throws what the file system throws, and DamagedInput. */
export async function* replayBytes(input: ReplayInput, signal: AbortSignal): AsyncGenerator<Buffer> {
  if (signal.aborted) return
  const isStdin = input.file === STANDARD_INPUT
  const raw = isStdin ? input.stdin : createReadStream(input.file, { highWaterMark: REPLAY_CHUNK_BYTES })
  const stop = () => raw.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    yield* refusingUtf16(decompressed(raw, input.file), input.file)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', stop)
    raw.destroy()
  }
}

/** What PowerShell's `>` writes. Read as lines of UTF-8, every one of them would become a dead letter. */
async function* refusingUtf16(content: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  let isFirst = true
  for await (const chunk of content) {
    if (isFirst && isUtf16(chunk)) {
      const message = `cannot replay ${nameOf(file)}: it is UTF-16; save it as UTF-8`
      throw new PlatformError('SOURCE_FAILED', message, { fields: { file } })
    }
    isFirst = false
    yield chunk
  }
}

/** A byte order mark of either order, or a first character that takes a second byte. */
function isUtf16([first, second]: Buffer): boolean {
  const mark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  return mark || (first === 0 && second === BRACE) || (first === BRACE && second === 0)
}

const BRACE = 0x7b

function decompressed(raw: Readable, file: string): AsyncIterable<Buffer> {
  const format = formatOf(file)
  if (format === null) return raw
  return explained(raw, format, format === 'gzip' ? decompressGzip : decompressZstd)
}

/** Of any number of members. The error reaches the reader through the stream itself. */
function decompressGzip(raw: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  return pipeline(raw, createGunzip({ chunkSize: REPLAY_CHUNK_BYTES }), () => {})
}

/** The failure of a replay after `lines` lines, in words. */
export function replayFailure(file: string, lines: number, cause: unknown): PlatformError {
  if (cause instanceof PlatformError) return cause
  const words = cause instanceof DamagedInput ? damageInWords(cause, lines) : fileFailure(cause)
  const message = `cannot replay ${nameOf(file)}: ${words ?? messageOf(cause)}`
  return new PlatformError('SOURCE_FAILED', message, { cause, fields: { file, lines } })
}

function damageInWords({ format, damage }: DamagedInput, lines: number): string {
  const after = lines === 0 ? 'before its first line' : `after ${lines} lines`
  switch (damage) {
    case 'other_format':
      return `it is not ${format}, so it is not what the ending of its name says; rename it, or get the right file`
    case 'followed':
      return `bytes that are not ${format} follow the end of its ${format} data; cut them off, or get an intact copy`
    case 'checksum':
      return `its content does not match the checksum in it, so it is damaged; get an intact copy`
    case 'cut':
      return `its compressed data ends too early, ${after}; get a complete copy`
    case 'broken':
      return `its ${format} data is broken ${after}; get an intact copy`
  }
}
