// Copies a checkpoint: its sidecars, then its main files. One of ordinary size is read at once. A larger one travels in
// parts as a data file does, though a writer may replace it meanwhile: then it is not copied, since a mixture of two
// would be neither.

import { mayNameSidecars, sidecarsIn } from '#delta/checkpoint/reader'
import type { ListedCheckpoint } from '#delta/log/listing'
import type { ByteRange, ObjectInfo, ObjectStore, PutOutcome } from '#object-store/object_store'
import { releaseBytes } from '#object-store/release_bytes'
import { messageOf, PlatformError } from '#runtime/errors'
import { copyFile, otherLength, putInParts } from '#table-copy/files/copy_file'
import { type CopyWork, GoneAtSource, tried } from '#table-copy/pass/work'

/**
 * Copies a checkpoint. Throws GoneAtSource when the source has it no more or it was replaced meanwhile, TABLE_CORRUPT
 * when it cannot be read.
 */
export async function copyCheckpoint(work: CopyWork, checkpoint: ListedCheckpoint): Promise<void> {
  let written = false
  for (const key of checkpoint.keys) {
    const outcome = await copyMainFile(work, checkpoint, key)
    written ||= outcome === 'created'
  }
  if (written) work.tally.checkpoints++
}

async function copyMainFile(work: CopyWork, checkpoint: ListedCheckpoint, key: string): Promise<PutOutcome> {
  const { wholeBytesMax } = work.limits
  const begun = await tried(work, () => work.source.getRange(key, { offset: 0, length: wholeBytesMax + 1 }))
  if (begun === undefined) throw new GoneAtSource(key, checkpoint.version)
  if (begun.byteLength <= wholeBytesMax) return copyWhole(work, checkpoint, { key, bytes: begun })
  releaseBytes(begun)
  const info = await tried(work, () => infoOf(work.source, key))
  if (info === undefined) throw new GoneAtSource(key, checkpoint.version)
  if (!(await hasSidecars(work, checkpoint, info))) return copyInParts(work, checkpoint, info)
  // Those who keep files in sidecars have little besides.
  const bytes = await tried(work, () => work.source.get(key))
  if (bytes === undefined) throw new GoneAtSource(key, checkpoint.version)
  return copyWhole(work, checkpoint, { key, bytes })
}

async function copyWhole(
  work: CopyWork,
  { version, modified }: ListedCheckpoint,
  { key, bytes }: { readonly key: string; readonly bytes: Uint8Array },
): Promise<PutOutcome> {
  for (const sidecar of await sidecarsIn(key, bytes, { url: work.source.url, version, modified })) {
    await inRoom(work, () => copyFile(work, { key: sidecar, what: 'file', size: undefined, version }))
  }
  return putWhole(work, key, bytes)
}

/** Looked at before and after, so that it is known to be the same checkpoint from its first byte to its last. */
async function copyInParts(work: CopyWork, checkpoint: ListedCheckpoint, info: ObjectInfo): Promise<PutOutcome> {
  const { key, size } = info
  const { version } = checkpoint
  const check = () => requireSame(work, checkpoint, info)
  const put = async (): Promise<PutOutcome> => {
    const isThere = (await work.target.sizeOf(key)) !== undefined
    if (isThere) return notEmpty(work, { key, bytes: size }, 'exists')
    try {
      const outcome = await putInParts(work, { key, what: 'file', size, version }, check)
      return notEmpty(work, { key, bytes: size }, outcome)
    } catch (error) {
      await check()
      throw error
    }
  }
  return inRoom(work, () => tried(work, put))
}

async function requireSame(work: CopyWork, { version }: ListedCheckpoint, was: ObjectInfo): Promise<void> {
  const now = await infoOf(work.source, was.key)
  if (now?.size !== was.size || now.modified !== was.modified) throw new GoneAtSource(was.key, version)
}

/** Puts a small object of the log. */
export function putWhole(work: CopyWork, key: string, bytes: Uint8Array): Promise<PutOutcome> {
  return tried(work, async () => {
    const outcome = await work.target.putPartsIfAbsent(key, onePart(bytes))
    return notEmpty(work, { key, bytes: bytes.byteLength }, outcome)
  })
}

/**
 * Another's object under this name says the same: a version has one state. Only an empty one does not, as a crash
 * leaves it on a filesystem without hard links: see createFrom.
 */
async function notEmpty(
  work: CopyWork,
  { key, bytes }: { readonly key: string; readonly bytes: number },
  outcome: PutOutcome,
): Promise<PutOutcome> {
  const isEmpty = outcome === 'exists' && (await work.target.sizeOf(key)) === 0
  if (isEmpty) throw otherLength(work, key, { there: 0, bytes })
  return outcome
}

async function hasSidecars(work: CopyWork, checkpoint: ListedCheckpoint, info: ObjectInfo): Promise<boolean> {
  const { version } = checkpoint
  const { key, size } = info
  const read = async (range: ByteRange) => {
    const bytes = await tried(work, () => work.source.getRange(key, range))
    if (bytes === undefined) throw new GoneAtSource(key, version)
    return bytes
  }
  try {
    return await mayNameSidecars(key, { size, read })
  } catch (error) {
    if (error instanceof PlatformError || error instanceof GoneAtSource) throw error
    await tried(work, () => requireSame(work, checkpoint, info))
    const { url } = work.source
    const message = `the checkpoint ${key} of ${url} cannot be used: ${messageOf(error)}`
    throw new PlatformError('TABLE_CORRUPT', message, { cause: error, fields: { table: url, version, key } })
  }
}

/** Beside the data files of later versions, which travel meanwhile, there is no room for a large one. */
async function inRoom<T>({ room, limits }: CopyWork, copyOne: () => Promise<T>): Promise<T> {
  const taken = await room.files.enter(limits.bytesMax)
  try {
    return await copyOne()
  } finally {
    room.files.leave(taken)
  }
}

async function infoOf(store: ObjectStore, key: string): Promise<ObjectInfo | undefined> {
  for await (const info of store.list(key)) return info.key === key ? info : undefined
  return undefined
}

async function* onePart(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes
}
