// Objects as files below a folder. Invariant: a file under its own name is always whole, since it is written under an
// unfinished name in the same folder, synced, and then named by one atomic call: rename to replace, link to create.
// An unfinished file (`.tmp-...`) is left behind only by a crash; it is never listed and may be deleted at any time:
// see unfinished_files.ts.

import { type FileHandle, open, readFile, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DeletedFolderGuard } from '#object-store/filesystem/deleted_folder_guard'
import { filesystemError, isMissing } from '#object-store/filesystem/errors'
import { listFolder } from '#object-store/filesystem/list'
import { assertCopyableKey, assertPrefix, assertRange, assertReadableKey, assertWritableKey } from '#object-store/keys'
import type { ByteRange, ObjectStore, PutOutcome } from '#object-store/object_store'
import { type Body, createFrom, replaceFrom, syncFolder, writeUnfinished } from '#runtime/files/atomic_file'
import { makeFolders } from '#runtime/files/make_folders'

/** How to open a folder as a store. */
export interface FilesystemOptions {
  /** The folder; made when the first object is written. */
  readonly root: string
  /**
   * False for a filesystem known to have no hard links (exFAT, some network shares). Found out by itself otherwise.
   * See `createFrom` for what is weaker then.
   */
  readonly hardLinks?: boolean
}

/** Opens a folder as an object store. Nothing is touched until the first call. */
export function openFilesystemStore(options: FilesystemOptions): Required<ObjectStore> {
  const root = resolve(options.root)
  const hardLinks = options.hardLinks ?? true
  const pathOf = (key: string) => join(root, ...key.split('/'))
  const folders = new DeletedFolderGuard(root)
  return {
    url: root,
    get: (key) => guarded(root, `read ${key}`, () => read(pathOf(readable(key)), folders)),
    sizeOf: (key) => guarded(root, `look for ${key}`, () => sizeOf(pathOf(readable(key)))),
    getRange: (key, range) => guarded(root, `read ${key}`, () => readRange(pathOf(readable(key)), range)),
    put: (key, body) => guarded(root, `write ${key}`, () => replace(pathOf(writable(key)), body, folders)),
    putIfAbsent: (key, body) =>
      guarded(root, `create ${key}`, () => create(pathOf(writable(key)), body, { hardLinks, folders })),
    putPartsIfAbsent: (key, parts) =>
      guarded(root, `create ${key}`, () => create(pathOf(copyable(key)), marked(parts), { hardLinks, folders })),
    async *list(prefix, startAfter) {
      assertPrefix(prefix)
      yield* listFolder({ root, prefix, startAfter })
    },
    delete: (key) => guarded(root, `delete ${key}`, () => remove(pathOf(readable(key)))),
    localPath: (key) => pathOf(readable(key)),
  }
}

/** Makes the root folder, if it is not there yet. */
export async function createFolder(root: string): Promise<void> {
  const path = resolve(root)
  await guarded(path, 'make the folder', async () => void (await makeFolder(path)))
}

async function read(path: string, folders: DeletedFolderGuard): Promise<Uint8Array | undefined> {
  try {
    const body = await readFile(path)
    folders.add(dirname(path))
    return body
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path)
    return found.isFile() ? found.size : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function readRange(path: string, range: ByteRange): Promise<Uint8Array | undefined> {
  assertRange(range)
  const file = await open(path).catch((error) => {
    if (!isMissing(error)) throw error
  })
  if (file === undefined) return undefined
  try {
    const found = await file.stat()
    return found.isFile() ? await readUpTo(file, range, found.size) : undefined
  } finally {
    await file.close()
  }
}

/** A read may give less than it was asked for; only nothing is the end. */
async function readUpTo(file: FileHandle, { offset, length }: ByteRange, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)))
  let filled = 0
  while (filled < bytes.byteLength) {
    const { bytesRead } = await file.read(bytes, filled, bytes.byteLength - filled, offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

async function replace(path: string, body: Uint8Array, folders: DeletedFolderGuard): Promise<void> {
  const unfinished = await writeInFolder(path, body, folders)
  await replaceFrom(unfinished, path)
}

async function create(
  path: string,
  body: Body,
  { hardLinks, folders }: { readonly hardLinks: boolean; readonly folders: DeletedFolderGuard },
): Promise<PutOutcome> {
  const unfinished = await writeInFolder(path, body, folders)
  return createFrom(unfinished, path, hardLinks)
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path)
    await syncFolder(dirname(path))
  } catch (error) {
    if (!isMissing(error) && !isFolder(error)) throw error
  }
}

/** unlink on a folder: EISDIR on Linux, EPERM on macOS. A folder is no object. */
function isFolder(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'EISDIR' || (code === 'EPERM' && process.platform === 'darwin')
}

/** The folder is there nearly always, so it is made only when the write says that it is not. */
async function writeInFolder(path: string, body: Body, folders: DeletedFolderGuard): Promise<string> {
  const folder = dirname(path)
  const unfinished = await writeUnfinished(folder, body).catch(async (error) => {
    if (error.code !== 'ENOENT') throw error
    await folders.assertNotDeleted(folder)
    await makeFolder(folder)
    return writeUnfinished(folder, body)
  })
  folders.add(folder)
  return unfinished
}

/**
 * Makes a folder and those above it, durably: each new name is synced in the folder that holds it. The folder's own
 * name is synced even when it is there by now: whoever made it may not have come so far.
 */
async function makeFolder(folder: string): Promise<void> {
  const first = (await makeFolders(folder)) ?? folder
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made))
}

async function guarded<T>(root: string, attempt: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof SourceFailure ? error.cause : filesystemError(error, { root, attempt })
  }
}

/** What the parts of an object threw, whatever it is: no failure of this filesystem, though it may look like one. */
class SourceFailure extends Error {}

async function* marked(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* parts
  } catch (cause) {
    throw new SourceFailure('the parts of an object failed', { cause })
  }
}

function readable(key: string): string {
  assertReadableKey(key)
  return key
}

function copyable(key: string): string {
  assertCopyableKey(key)
  return key
}

function writable(key: string): string {
  assertWritableKey(key)
  return key
}
