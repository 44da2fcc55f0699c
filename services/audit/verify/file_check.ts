// What a snapshot says of its files against the files themselves: there, of the recorded size, with the recorded rows.

import { type FileHandle, open } from 'node:fs/promises'
import { fileLocation } from '#delta/data_file/path'
import { recordCount } from '#delta/data_file/statistics'
import type { AddFile } from '#delta/log/actions'
import type { Snapshot } from '#delta/snapshot'
import { type FileCacheOptions, localFiles } from '#lake-sql/file_cache'
import { inParallel } from '#object-store/in_parallel'
import type { ObjectStore } from '#object-store/object_store'
import { parquetRowCount } from '#parquet-bytes/row_count'
import { counted } from '#runtime/counted'
import { messageOf } from '#runtime/errors'
import type { Findings } from '#services/audit/verify/findings'

/** Footers that are read at the same time. */
const FOOTERS_MAX = 8

/** A table's files. */
export interface FilesToCheck {
  readonly store: ObjectStore
  readonly snapshot: Snapshot
  readonly cache: FileCacheOptions
}

/** Checks the live files; returns those that can be read, so that their rows can be checked, too. */
export async function checkFiles(
  { store, snapshot, cache }: FilesToCheck,
  findings: Findings,
): Promise<ReadonlyMap<string, AddFile>> {
  const sizes = await storedSizes(store, snapshot)
  const candidates = [...snapshot.files].filter(([, file]) => isAsRecorded(file, { store, sizes }, findings))
  const wanted = candidates.map(([, file]) => ({ key: keyOf(file, store), size: Number(file.size) }))
  const paths = await localFiles(store, wanted, cache)
  const sound = new Map<string, AddFile>()
  let untold = 0
  await inParallel(candidates.entries(), FOOTERS_MAX, async ([index, [path, file]]) => {
    const rows = await rowsOf(paths[index] as string, Number(file.size))
    if (typeof rows === 'string') findings.add(`${file.path} is no Parquet file: ${rows}`)
    else sound.set(path, file)
    const recorded = recordCount(file)
    if (recorded === undefined) untold++
    else if (typeof rows === 'number' && rows !== recorded) {
      findings.add(`${file.path} has ${rows} rows, but the log says ${recorded}`)
    }
  })
  if (untold > 0) findings.note(`the log does not say how many rows ${counted(untold, 'file')} should have`)
  return sound
}

/** The sizes of the snapshot's files as the store lists them; others of the table are of no interest. */
async function storedSizes(store: ObjectStore, snapshot: Snapshot): Promise<ReadonlyMap<string, number>> {
  const wanted = new Set([...snapshot.files.values()].map((file) => keyOf(file, store)))
  const sizes = new Map<string, number>()
  for await (const { key, size } of store.list('')) if (wanted.has(key)) sizes.set(key, size)
  return sizes
}

function isAsRecorded(
  file: AddFile,
  { store, sizes }: { readonly store: ObjectStore; readonly sizes: ReadonlyMap<string, number> },
  findings: Findings,
): boolean {
  const size = sizes.get(keyOf(file, store))
  if (size === undefined) findings.add(`${file.path} is not in the store`)
  else if (size !== Number(file.size)) findings.add(`${file.path} has ${size} bytes, but the log says ${file.size}`)
  return size === Number(file.size)
}

function keyOf(file: AddFile, store: ObjectStore): string {
  const location = fileLocation(file.path, store.url)
  return location.kind === 'key' ? location.key : location.url
}

/** Rows by the file's own footer, or why it has none. */
async function rowsOf(path: string, size: number): Promise<number | string> {
  let file: FileHandle | undefined
  try {
    const opened = await open(path)
    file = opened
    return await parquetRowCount({
      size,
      async read({ offset, length }) {
        const { buffer, bytesRead } = await opened.read(new Uint8Array(length), 0, length, offset)
        return buffer.subarray(0, bytesRead)
      },
    })
  } catch (error) {
    return messageOf(error)
  } finally {
    await file?.close()
  }
}
