// Local copies of data files that are not files already. A data file never changes, so a copy of the right size is
// right. Copies appear whole (by rename), several processes may share the folder, and the longest unused go when it is
// full.

import { createHash } from 'node:crypto'
import { readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { notAsLogged } from '#delta/data_file/path'
import { SQL_CACHE_GRACE_MS, SQL_DOWNLOADS_MAX } from '#lake-sql/limits'
import { inParallel } from '#object-store/in_parallel'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import { messageOf, PlatformError } from '#runtime/errors'
import { makeFolders } from '#runtime/files/make_folders'

/** A data file of a table. */
export interface DataFile {
  /** Its key in the table's store. */
  readonly key: string
  readonly size: number
}

/** Where copies are kept, and how many bytes of them. */
export interface FileCacheOptions {
  readonly folder: string
  readonly bytesMax: number
  readonly clock: Clock
  readonly newId: () => string
}

/** Files above this are fetched one at a time, since a store gives them whole. */
const LARGE_FILE_BYTES = 32 * 1024 * 1024

/**
 * The paths of the files on this machine, in their order; fetched where need be. Throws SQL_LIMIT when they are more
 * than the cache may hold, TABLE_CORRUPT when one is not there or not what the log says, STORE_FULL, and what the store
 * throws.
 */
export async function localFiles(
  store: ObjectStore,
  files: readonly DataFile[],
  options: FileCacheOptions,
): Promise<readonly string[]> {
  const { localPath } = store
  if (localPath !== undefined) return files.map((file) => resolve(localPath.call(store, file.key)))
  const bytes = files.reduce((sum, file) => sum + file.size, 0)
  if (bytes > options.bytesMax) throw tooLarge(bytes, options.bytesMax)
  const folder = join(options.folder, digest(store.url))
  const copies = files.map((file) => ({ ...file, path: resolve(folder, `${digest(file.key)}.parquet`) }))
  await prepareFolder(folder)
  const fetched = await fetchAll(store, copies, options)
  if (fetched > 0) await evict(options, new Set(copies.map((copy) => copy.path)))
  return copies.map((copy) => copy.path)
}

interface Copy extends DataFile {
  readonly path: string
}

/** Gives how many were not there yet. */
async function fetchAll(store: ObjectStore, copies: readonly Copy[], options: FileCacheOptions): Promise<number> {
  const small = copies.filter((copy) => copy.size <= LARGE_FILE_BYTES)
  const large = copies.filter((copy) => copy.size > LARGE_FILE_BYTES)
  let fetched = 0
  const fetch = async (copy: Copy) => {
    if (await fetchOne(store, copy, options)) fetched++
  }
  await inParallel(small, SQL_DOWNLOADS_MAX, fetch)
  await inParallel(large, 1, fetch)
  return fetched
}

/** Whether it had to be fetched. */
async function fetchOne(store: ObjectStore, copy: Copy, options: FileCacheOptions): Promise<boolean> {
  const now = new Date(options.clock.now())
  const there = await stat(copy.path).catch(() => undefined)
  if (there?.size === copy.size) {
    await utimes(copy.path, now, now)
    return false
  }
  const body = await store.get(copy.key)
  if (body?.length !== copy.size) {
    throw notAsLogged(store.url, { path: copy.key, bytes: { found: body?.length, logged: copy.size } })
  }
  const temporary = `${copy.path}.${options.newId()}.tmp`
  try {
    await writeFile(temporary, body)
    await rename(temporary, copy.path)
    return true
  } catch (cause) {
    await rm(temporary, { force: true })
    throw notWritten(copy.path, cause)
  }
}

/** Copies that another query may be reading are left alone, so the limit may be passed for a while. */
async function evict(options: FileCacheOptions, inUse: ReadonlySet<string>): Promise<void> {
  const all = await cachedFiles(options.folder)
  let excess = all.reduce((sum, file) => sum + file.size, 0) - options.bytesMax
  const before = options.clock.now() - SQL_CACHE_GRACE_MS
  const old = all.filter((file) => file.usedMs < before && !inUse.has(file.path))
  for (const file of old.sort((a, b) => a.usedMs - b.usedMs)) {
    if (excess <= 0) return
    await rm(file.path, { force: true })
    excess -= file.size
  }
}

async function cachedFiles(folder: string): Promise<{ path: string; size: number; usedMs: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files: { path: string; size: number; usedMs: number }[] = []
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const path = resolve(entry.parentPath, entry.name)
    const info = await stat(path).catch(() => undefined)
    if (info !== undefined) files.push({ path, size: info.size, usedMs: info.mtimeMs })
  }
  return files
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder)
  } catch (cause) {
    throw notWritten(folder, cause)
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

function tooLarge(bytes: number, bytesMax: number): PlatformError {
  const needed = `the query needs ${megabytes(bytes)} of data files here, and the cache may hold ${megabytes(bytesMax)}`
  return new PlatformError('SQL_LIMIT', `${needed}; raise SQL_CACHE_MB, or use an engine that reads the store itself`)
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`
}

function notWritten(path: string, cause: unknown): PlatformError {
  const full = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC'
  const advice = full ? 'make room, or name another folder in SQL_CACHE_DIR' : 'name another folder in SQL_CACHE_DIR'
  const message = `the local copy ${path} cannot be written: ${messageOf(cause)}; ${advice}`
  return new PlatformError(full ? 'STORE_FULL' : 'STORE_FAILED', message, { cause })
}
