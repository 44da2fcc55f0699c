// Compares objects byte by byte, a part at a time, so that large ones take no more memory than small ones.

import type { ObjectStore } from '#object-store/object_store'
import { VERIFY_PART_BYTES } from '#table-copy/limits'

/** Whether both stores have an object of the key, with the same bytes. */
export async function haveSameBytes(source: ObjectStore, target: ObjectStore, key: string): Promise<boolean> {
  for (let offset = 0; ; offset += VERIFY_PART_BYTES) {
    const range = { offset, length: VERIFY_PART_BYTES }
    const [ours, theirs] = await Promise.all([source.getRange(key, range), target.getRange(key, range)])
    if (ours === undefined || theirs === undefined || Buffer.compare(ours, theirs) !== 0) return false
    if (ours.length < VERIFY_PART_BYTES) return true
  }
}

/** The first byte that is not the same in both. */
export function firstDifference(ours: Uint8Array, theirs: Uint8Array): number {
  const at = ours.findIndex((byte, i) => byte !== theirs[i])
  return at < 0 ? ours.length : at
}
