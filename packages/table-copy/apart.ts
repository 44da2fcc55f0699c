// Whether source and target are one place, or one lies in the other, found out by an object that is put at the target
// and looked for at the source. URLs cannot tell: a server has many names, and an account many spellings.

import { type ObjectStore, within } from '#object-store/object_store'

/** How two places lie to each other; undefined: apart. */
export type Overlap = 'same' | 'target in source' | 'source in target' | undefined

/** The two ends of a copy. */
export interface CopyEnds {
  readonly source: ObjectStore
  readonly target: ObjectStore
}

/** Whether the source shows an object that was just put at the target under this key. Throws STORE_ errors. */
export async function overlapByObject({ source, target }: CopyEnds, key: string): Promise<Overlap> {
  if (await isThere(source, key)) return 'same'
  for (const tail of tailsOf(target)) if (await isThere(source, `${tail}/${key}`)) return 'target in source'
  return undefined
}

/**
 * Whether the source lies in the target. Puts an object under the key, and deletes it, only where the target has a
 * folder that could be the source. Throws STORE_ errors.
 */
export async function isSourceInTarget({ source, target }: CopyEnds, key: string): Promise<boolean> {
  for (const tail of tailsOf(source)) {
    const inner = within(target, tail)
    if (!(await hasObjects(inner))) continue
    try {
      await inner.put(key, Uint8Array.of(1))
      if (await isThere(source, key)) return true
    } finally {
      // Where nothing may be deleted, one byte stays.
      await inner.delete(key).catch(() => {})
    }
  }
  return false
}

async function isThere(store: ObjectStore, key: string): Promise<boolean> {
  return (await store.sizeOf(key)) !== undefined
}

async function hasObjects(store: ObjectStore): Promise<boolean> {
  for await (const _ of store.list('')) return true
  return false
}

/** What a key may consist of: whatever else stands in a URL is a part of the address. */
const SEGMENT = /^[A-Za-z0-9._=-]+$/

/** The ends of a store's path, shortest first: one of them leads to it from each place above it. */
function tailsOf({ url }: ObjectStore): readonly string[] {
  const segments = url.split('/')
  const path = segments.slice(segments.findLastIndex((segment) => !SEGMENT.test(segment)) + 1)
  return path.map((_, i) => path.slice(-1 - i).join('/'))
}
