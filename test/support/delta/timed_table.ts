// What tests of in-commit timestamps share: stores that give their objects another age, and what the log itself says.

import { LOG_FOLDER } from '#delta/log/listing'
import type { ObjectStore } from '#object-store/object_store'
import type { EpochMs } from '#runtime/units'

/** The store with its objects as old as the caller says: a copy, or a store whose clock goes otherwise. */
export function datedStore(store: ObjectStore, modified: (key: string) => number): ObjectStore {
  return {
    ...store,
    async *list(prefix, startAfter) {
      for await (const info of store.list(prefix, startAfter)) {
        yield { ...info, modified: modified(info.key) as EpochMs }
      }
    },
  }
}

/** The actions of every entry of the log, in order. */
export async function logEntries(store: ObjectStore): Promise<Record<string, Record<string, unknown>>[][]> {
  const entries: Record<string, Record<string, unknown>>[][] = []
  for await (const { key } of store.list(LOG_FOLDER)) {
    if (!/\/\d{20}\.json$/.test(key)) continue
    const lines = new TextDecoder().decode(await store.get(key)).split('\n')
    entries.push(lines.filter((line) => line !== '').map((line) => JSON.parse(line)))
  }
  return entries
}

/** The in-commit timestamp of every entry that has one in its first action, where it belongs; null where not. */
export async function loggedTimes(store: ObjectStore): Promise<(number | null)[]> {
  return (await logEntries(store)).map(([first]) => Number(first?.commitInfo?.inCommitTimestamp ?? Number.NaN) || null)
}
