// Compares files: every live file must be at the target with the size that the log names, and at the source, too, as
// long as it is live there. One listing a side tells the sizes; what it does not show is looked for by itself.

import { hasVector } from '#delta/data_file/identity'
import { objectKeyOf } from '#delta/data_file/path'
import { vectorPlace } from '#delta/deletion_vector/deletion_vector'
import { vectorRange } from '#delta/deletion_vector/vector_file'
import type { AddFile } from '#delta/log/actions'
import { LOG_FOLDER } from '#delta/log/listing'
import { compareKeys } from '#object-store/keys'
import type { ObjectInfo, ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { VERIFY_SUSPECTS_MAX } from '#table-copy/limits'
import { type Findings, REPLACE_IT, RESTORE_IT } from '#table-copy/verify/differences'
import { eachRead } from '#table-copy/verify/each_read'
import { loadState } from '#table-copy/verify/load_state'

/** An object that live files need: a data file of just this size, or a file of deletion vectors of at least it. */
interface NeededObject {
  readonly kind: 'file' | 'deletion vector'
  size: number
  /** Its size where a listing showed it. */
  source: number | undefined
  target: number | undefined
}

/** What live files need, by key. */
export type NeededObjects = ReadonlyMap<string, NeededObject>

/** The objects that the live files of a table at `root` consist of. Throws TABLE_CORRUPT and TABLE_UNSUPPORTED. */
export function neededObjects(files: Iterable<AddFile>, root: string): NeededObjects {
  const needed = new Map<string, NeededObject>()
  for (const file of files) {
    const size = Number(file.size)
    needed.set(objectKeyOf(file.path, root), { kind: 'file', size, source: undefined, target: undefined })
    const place = hasVector(file) ? vectorPlace(file.deletionVector, root) : undefined
    if (!hasVector(file) || place?.kind !== 'object') continue
    const { offset, length } = vectorRange(file.deletionVector)
    const end = Math.max(needed.get(place.key)?.size ?? 0, offset + length)
    needed.set(place.key, { kind: 'deletion vector', size: end, source: undefined, target: undefined })
  }
  return needed
}

/** The two tables, what is needed, and where what is found goes. */
export interface FilesToCheck {
  readonly source: ObjectStore
  readonly target: ObjectStore
  readonly needed: NeededObjects
  readonly findings: Findings
  readonly signal?: AbortSignal | undefined
  readonly onChecked?: () => void
}

/** Files beside the live ones that are not alike on both sides: whether that matters, the log's entries tell. */
export type Suspects = ReadonlyMap<string, { readonly source: number; readonly target: number | undefined }>

/** Lists both sides; the sizes of what is needed are noted, and what else is not alike comes back. */
export async function listFiles({ source, target, needed, findings }: FilesToCheck): Promise<Suspects> {
  const suspects = new Map<string, { readonly source: number; readonly target: number | undefined }>()
  let passedOver = 0
  for await (const { key, source: ours, target: theirs } of joined(dataFiles(source), dataFiles(target))) {
    const object = needed.get(key)
    if (object !== undefined) {
      object.source = ours
      object.target = theirs
      continue
    }
    if (ours === undefined || ours === theirs) continue
    if (suspects.size < VERIFY_SUSPECTS_MAX) suspects.set(key, { source: ours, target: theirs })
    else passedOver++
  }
  if (passedOver > 0) findings.note(`${passedOver} files of the source that are not live were not looked for`)
  return suspects
}

/** Checks what is needed; the keys of what the target has as it should be. Throws STORE_ errors and STOPPED. */
export async function checkFiles(files: FilesToCheck): Promise<ReadonlySet<string>> {
  const sound = new Set<string>()
  const lost: string[] = []
  await eachRead(
    files.needed,
    async ([key, object]) => {
      if (await isSound(files, { key, object, side: 'target' })) sound.add(key)
      if ((object.source ?? (await files.source.sizeOf(key))) === undefined) lost.push(key)
      else await isSound(files, { key, object, side: 'source' })
      files.onChecked?.()
    },
    files.signal,
  )
  await tellLost(files, lost)
  return sound
}

interface ObjectToCheck {
  readonly key: string
  readonly object: NeededObject
  readonly side: 'source' | 'target'
}

async function isSound(files: FilesToCheck, { key, object, side }: ObjectToCheck): Promise<boolean> {
  const size = object[side] ?? (await files[side].sizeOf(key))
  const remedy = side === 'target' ? REPLACE_IT : RESTORE_IT
  if (size === undefined) {
    const message = `the ${object.kind} ${key} is not at the ${side}, and the table needs it; ${remedy}`
    files.findings.add({ kind: 'file_missing', side, key, message })
    return false
  }
  // Several vectors may share a file, so the log only says how long it is at least; the source says more.
  const exact = object.kind === 'file' ? object.size : side === 'target' ? object.source : undefined
  if (exact === undefined ? size >= object.size : size === exact) return true
  const wanted = exact ?? `at least ${object.size}`
  const message = `the ${object.kind} ${key} has ${size} bytes at the ${side} instead of ${wanted}; ${remedy}`
  files.findings.add({ kind: 'file_size', side, key, message })
  return false
}

/** A file that the source lacks may have left the table meanwhile, and been vacuumed. */
async function tellLost({ source, findings }: FilesToCheck, lost: readonly string[]): Promise<void> {
  if (lost.length === 0) return
  const newest = await loadState(source, {})
  if (newest instanceof PlatformError) throw newest
  const live = neededObjects(newest.files.values(), source.url)
  for (const key of lost.filter((each) => live.has(each))) {
    const message = `the file ${key} is not at the source, and its newest version needs it; ${RESTORE_IT}`
    findings.add({ kind: 'file_missing', side: 'source', key, message })
  }
}

/** The objects outside the log, in the order of their keys. */
async function* dataFiles(store: ObjectStore): AsyncGenerator<ObjectInfo, void, void> {
  for await (const info of store.list('')) {
    if (info.key.startsWith(LOG_FOLDER)) break
    yield info
  }
  // '0' is what follows '/': the listing goes on behind the log.
  yield* store.list('', `${LOG_FOLDER.slice(0, -1)}0`)
}

/** A key, and its size where it is. */
interface JoinedKey {
  readonly key: string
  readonly source: number | undefined
  readonly target: number | undefined
}

/** Both listings as one; they have the same order. */
async function* joined(
  source: AsyncGenerator<ObjectInfo, void, void>,
  target: AsyncGenerator<ObjectInfo, void, void>,
): AsyncGenerator<JoinedKey, void, void> {
  let [ours, theirs] = [await source.next(), await target.next()]
  while (ours.done !== true || theirs.done !== true) {
    const order = ours.done === true ? 1 : theirs.done === true ? -1 : compareKeys(ours.value.key, theirs.value.key)
    const key = (order <= 0 ? ours.value?.key : theirs.value?.key) ?? ''
    yield {
      key,
      source: order <= 0 ? ours.value?.size : undefined,
      target: order >= 0 ? theirs.value?.size : undefined,
    }
    if (order <= 0) ours = await source.next()
    if (order >= 0) theirs = await target.next()
  }
}
