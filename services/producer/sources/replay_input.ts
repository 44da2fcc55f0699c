// The bytes of a replay: a file, or standard input for `-`, decompressed by the ending of its name (.gz, .zst). Read
// as a stream, whatever its size. Its failures name the file and say what to do.

import { createReadStream } from 'node:fs'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { messageOf, PlatformError } from '#runtime/errors'
import { REPLAY_CHUNK_BYTES } from '#services/producer/limits'
import { decompressZstd } from '#services/producer/sources/zstd_frames'

/** Where a replay is read from. */
export interface ReplayInput {
  /** A path, or `-` for standard input. */
  readonly file: string
  readonly stdin: Readable
}

/** How a replay is called where a person reads of it. */
export function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file
}

/** The content. Ends early when the signal aborts; throws what the file system or zlib throw. */
export async function* replayBytes(input: ReplayInput, signal: AbortSignal): AsyncGenerator<Buffer> {
  if (signal.aborted) return
  const raw = input.file === '-' ? input.stdin : createReadStream(input.file, { highWaterMark: REPLAY_CHUNK_BYTES })
  const stop = () => raw.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    yield* decompressed(raw, input.file)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', stop)
    raw.destroy()
  }
}

function decompressed(raw: Readable, file: string): AsyncIterable<Buffer> {
  if (file.endsWith('.zst')) return decompressZstd(raw)
  // The error reaches the reader through the stream itself.
  if (file.endsWith('.gz')) return pipeline(raw, createGunzip({ chunkSize: REPLAY_CHUNK_BYTES }), () => {})
  return raw
}

/** The failure of a replay after `lines` lines, in words. */
export function replayFailure(file: string, lines: number, cause: unknown): PlatformError {
  const code = (cause as NodeJS.ErrnoException).code ?? ''
  const message = `cannot replay ${nameOf(file)}: ${whatToDo(code, lines) ?? messageOf(cause)}`
  return new PlatformError('SOURCE_FAILED', message, { cause, fields: { file, lines, code } })
}

function whatToDo(code: string, lines: number): string | null {
  if (code === 'ENOENT') return 'there is no such file; check REPLAY_FILE'
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read; check its permissions'
  if (code === 'EISDIR') return 'it is a folder; REPLAY_FILE must name one file'
  if (code === 'Z_BUF_ERROR') return `its compressed data ends too early, after ${lines} lines; get a complete copy`
  if (code.startsWith('Z_') || code.startsWith('ZSTD_')) {
    const where = lines === 0 ? 'is not what the ending of its name says' : `is broken after ${lines} lines`
    return `its compressed data ${where}; get an intact copy, or rename it`
  }
  return null
}
