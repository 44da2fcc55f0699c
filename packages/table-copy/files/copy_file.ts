// Copies one file: put if absent, its length checked against what the log says. A file that is there with the right
// length is left alone, since data files never change under their name. One with another length is none of ours to
// replace: the error names it. A large file travels in parts, one read while the store writes those before it.

import { notAsLogged } from '#delta/data_file/path'
import { BYTES_HELD_MAX, type PutOutcome } from '#object-store/object_store'
import { releaseBytes } from '#object-store/release_bytes'
import { PlatformError } from '#runtime/errors'
import type { NamedFile } from '#table-copy/files/entry_files'
import { type CopyWork, GoneAtSource, requireRunning, tried } from '#table-copy/pass/work'

/** How it went: the file was written, or was there. */
export interface FileCopied {
  readonly outcome: 'written' | 'there'
  readonly bytes: number
}

/**
 * Copies the file unless it is at the target. Throws GoneAtSource, TABLE_CORRUPT, TABLE_CONFLICT, STOPPED, and STORE_
 * errors.
 */
export async function copyFile(work: CopyWork, file: NamedFile): Promise<FileCopied> {
  return tried(work, async () => {
    const there = await work.target.sizeOf(file.key)
    const bytes = file.size ?? (await work.source.sizeOf(file.key)) ?? there
    if (bytes === undefined) throw new GoneAtSource(file.key, file.version)
    if (there === undefined) {
      const outcome = await putInParts(work, { ...file, size: bytes })
      if (outcome === 'created') return { outcome: 'written', bytes }
    }
    const length = there ?? (await work.target.sizeOf(file.key))
    if (length !== bytes) throw otherLength(work, file.key, { there: length, bytes })
    return { outcome: 'there', bytes }
  })
}

/** A file whose size is known. */
interface SizedFile extends NamedFile {
  readonly size: number
}

/**
 * One try to put the file, in parts, if there is none. `check` is made once all of it was read: when it throws, nothing
 * is written.
 */
export async function putInParts(
  work: CopyWork,
  file: SizedFile,
  check: () => Promise<void> = async () => {},
): Promise<PutOutcome> {
  const written = new WrittenParts()
  const outcome = await work.target.putPartsIfAbsent(file.key, partsOf(work, { ...file, written, check }))
  if (outcome === 'created') written.letGo(0)
  return outcome
}

interface TravellingFile extends SizedFile {
  readonly written: WrittenParts
  check(): Promise<void>
}

/** The parts that were handed over. Their memory is given back as soon as the store is done with them. */
class WrittenParts {
  readonly #parts: Uint8Array[] = []
  #bytes = 0

  add(part: Uint8Array): void {
    this.#parts.push(part)
    this.#bytes += part.byteLength
  }

  /** Gives back those before so many of the last bytes. */
  letGo(bytesKept: number): void {
    for (let part = this.#parts[0]; part !== undefined; part = this.#parts[0]) {
      if (this.#bytes - part.byteLength < bytesKept) return
      this.#parts.shift()
      this.#bytes -= part.byteLength
      releaseBytes(part)
    }
  }
}

/** The file's bytes in parts; throws rather than giving fewer or more than its size, and looks one byte beyond it. */
async function* partsOf(work: CopyWork, file: TravellingFile): AsyncGenerator<Uint8Array, void, void> {
  const { partBytes } = work.limits
  let next = readPart(work, file, 0)
  for (let offset = 0; ; ) {
    requireRunning(work)
    const part = await next
    offset += part.byteLength
    const isLast = offset >= file.size
    if (!isLast) next = readPart(work, file, offset)
    // Nobody awaits it when the target fails meanwhile.
    next.catch(() => {})
    if (part.byteLength > 0) yield part
    file.written.add(part)
    file.written.letGo(BYTES_HELD_MAX)
    if (isLast) return file.check()
    if (part.byteLength !== partBytes) throw new Error(`a part of ${part.byteLength} bytes is not the last one`)
  }
}

async function readPart(work: CopyWork, file: TravellingFile, offset: number): Promise<Uint8Array> {
  const wanted = Math.min(work.limits.partBytes, file.size - offset)
  const isLast = offset + wanted === file.size
  const part = await work.source.getRange(file.key, { offset, length: isLast ? wanted + 1 : wanted })
  if (part === undefined) throw new GoneAtSource(file.key, file.version)
  if (part.byteLength === wanted) return part
  throw await otherThanLogged(work, file, offset + part.byteLength)
}

/** The log is wrong, or the answer was cut short. */
async function otherThanLogged({ source }: CopyWork, file: TravellingFile, seen: number): Promise<PlatformError> {
  const found = await source.sizeOf(file.key)
  if (found === file.size) {
    const message = `${source.url}/${file.key} was cut short: ${seen} of ${file.size} bytes came; try again`
    return new PlatformError('STORE_FAILED', message, { retryable: true, fields: { store: source.url, key: file.key } })
  }
  return notAsLogged(source.url, { path: file.key, bytes: { found, logged: file.size } })
}

/** The error for a file at the target that is not the source's, by its length; undefined: it has none after all. */
export function otherLength(
  { target }: CopyWork,
  key: string,
  { there, bytes }: { readonly there: number | undefined; readonly bytes: number },
): PlatformError {
  const fields = { target: target.url, key }
  if (there === undefined) {
    const message = `${target.url} said that ${key} exists, but does not have it`
    return new PlatformError('STORE_FAILED', message, { retryable: true, fields })
  }
  const fact = `the file ${key} at ${target.url} has ${there} bytes, but at the source it has ${bytes}`
  const advice = 'delete it at the target, where a crash or somebody else left it, and copy again'
  return new PlatformError('TABLE_CONFLICT', `${fact}; ${advice}`, { fields })
}
