// Listing a container in order of the whole key. Azure's own order is that only where there are no directories: an
// account with a hierarchical namespace lists a directory, and then what is in it, at the directory's name. So a
// listing is flat until it meets a directory; from there on it goes folder by folder, and each is put in order here.

import type { BlobItem, ContainerClient } from '@azure/storage-blob'
import { compareKeys } from '#object-store/keys'
import type { ObjectInfo } from '#object-store/object_store'
import { epochMs } from '#runtime/units'

/** What to list. */
export interface AzureListing {
  /** Where the store begins in its container: empty, or ends with `/`. */
  readonly root: string
  readonly prefix: string
  readonly startAfter?: string | undefined
}

/** The objects whose key begins with the prefix and comes after `startAfter`, in order. Throws what the SDK does. */
export function listContainer(container: ContainerClient, listing: AzureListing): AsyncIterable<ObjectInfo> {
  const { root, prefix, startAfter } = listing
  const tree: Tree = { container, root }
  return startAfter === undefined ? flat(tree, prefix) : byFolder(tree, { prefix, startAfter })
}

interface Tree {
  readonly container: ContainerClient
  readonly root: string
}

async function* flat(tree: Tree, prefix: string): AsyncGenerator<ObjectInfo> {
  let last = ''
  const options = { prefix: tree.root + prefix, includeMetadata: true }
  for await (const page of tree.container.listBlobsFlat(options).byPage()) {
    const { blobItems } = page.segment
    if (blobItems.some(isDirectory)) return yield* byFolder(tree, { prefix, startAfter: last })
    for (const item of blobItems) {
      const info = infoOf(tree, item)
      if (info === undefined) continue
      last = info.key
      yield info
    }
  }
}

/** The keys of one folder in order, those that begin in a folder below it included. */
async function* byFolder(
  tree: Tree,
  { prefix, startAfter }: { readonly prefix: string; readonly startAfter: string },
): AsyncGenerator<ObjectInfo> {
  const level: (ObjectInfo | string)[] = []
  const options = {
    prefix: tree.root + prefix,
    includeMetadata: true,
    ...startFrom(tree, { prefix, startAfter }),
  }
  for await (const page of tree.container.listBlobsByHierarchy('/', options).byPage()) {
    const folders = (page.segment.blobPrefixes ?? []).map(({ name }) => name.slice(tree.root.length))
    level.push(...folders.filter((folder) => startAfter.startsWith(folder) || compareKeys(folder, startAfter) > 0))
    for (const item of page.segment.blobItems) {
      const info = infoOf(tree, item)
      if (info !== undefined && compareKeys(info.key, startAfter) > 0) level.push(info)
    }
  }
  level.sort((a, b) => compareKeys(keyOf(a), keyOf(b)))
  for (const entry of level) {
    if (typeof entry !== 'string') yield entry
    else if (startAfter.startsWith(entry)) yield* byFolder(tree, { prefix: entry, startAfter })
    else yield* flat(tree, entry)
  }
}

/** Where the service may begin, so that it does not send the whole past of a log; the rest is sorted out here. */
function startFrom({ root }: Tree, { prefix, startAfter }: { prefix: string; startAfter: string }) {
  if (!startAfter.startsWith(prefix)) return {}
  // In a folder one name counts, up to its first character that sorts before a slash: the folder itself comes later.
  // Up to its first letter beyond ASCII, too: how the service orders those is not said.
  const name = /^[0-~]*/.exec(startAfter.slice(prefix.length))?.[0] ?? ''
  return name === '' ? {} : { startFrom: root + prefix + name }
}

function infoOf({ root }: Tree, item: BlobItem): ObjectInfo | undefined {
  // Tools keep folders alive by empty objects whose name ends with a slash; they are no objects of ours.
  if (isDirectory(item) || item.name.endsWith('/')) return undefined
  const { contentLength = 0, lastModified } = item.properties
  return { key: item.name.slice(root.length), size: contentLength, modified: epochMs(lastModified.getTime()) }
}

function keyOf(entry: ObjectInfo | string): string {
  return typeof entry === 'string' ? entry : entry.key
}

/** A directory of a hierarchical account, or the object by which Hadoop marks one in a flat account. */
function isDirectory({ metadata }: BlobItem): boolean {
  return isFolderMark(metadata)
}

/** Whether an object's metadata says that it is a directory. */
export function isFolderMark(metadata: Readonly<Record<string, string>> | undefined): boolean {
  return (metadata?.hdi_isfolder ?? metadata?.Hdi_isfolder) === 'true'
}
