// Passes of the copier in tests, and what has to be true of their target.

import { expect } from 'vitest'
import { listLog } from '#delta/log/listing'
import { loadSnapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'
import { tableVersion } from '#runtime/units'
import { testContext } from '#support/delta/delta_table'
import { type LivingTable, liveRows } from '#support/delta/living_table'
import { copyTable } from '#table-copy/copy_table'
import { COPY_LIMITS_DEFAULT, type CopyLimits } from '#table-copy/limits'
import type { CopyOptions, CopyOutcome } from '#table-copy/pass'

/** Small, so that little is much; but checkpoints are read at once, since small parts of them are hundreds. */
export const SMALL_LIMITS: CopyLimits = {
  filesMax: 3,
  bytesMax: 200,
  partBytes: 16,
  wholeBytesMax: 100_000,
  entriesMax: 4,
  entryBytesMax: COPY_LIMITS_DEFAULT.entryBytesMax,
}

/** A pass with small limits. */
export function copy(
  source: ObjectStore,
  target: ObjectStore,
  options: Partial<CopyOptions> = {},
): Promise<CopyOutcome> {
  const { clock, random } = testContext('copy')
  return copyTable(source, target, { clock, random, limits: SMALL_LIMITS, ...options })
}

/** The keys of a store. */
export async function keysOf(store: ObjectStore, prefix = ''): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}

/** Objects by key, as text. */
export async function textsOf(store: ObjectStore, prefix = ''): Promise<Readonly<Record<string, string>>> {
  const texts: Record<string, string> = {}
  for (const key of await keysOf(store, prefix)) texts[key] = textOf(await store.get(key))
  return texts
}

function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('latin1')
}

/**
 * Fails unless a reader of the target finds a whole table at some version of the source, and each entry there is the
 * source's. Returns the version; undefined as long as there is no table.
 */
export async function wholeVersion(table: LivingTable, target: ObjectStore): Promise<number | undefined> {
  const { commits } = await listLog(target, tableVersion(0))
  for (const { version } of commits) {
    const entry = await target.get(`_delta_log/${String(version).padStart(20, '0')}.json`)
    expect(textOf(entry), `the entry of version ${version}`).toBe(textOf(table.versions.get(version)?.entry))
  }
  const snapshot = await loadSnapshot(target)
  if (snapshot === undefined) return undefined
  expect(await liveRows(target, snapshot)).toEqual(table.versions.get(snapshot.version)?.rows)
  return snapshot.version
}

/** Fails unless what both logs have is the same, and the target has a hint of its own. */
export async function requireSameLog(source: ObjectStore, target: ObjectStore): Promise<void> {
  const [ours, theirs] = [await textsOf(source, '_delta_log/'), await textsOf(target, '_delta_log/')]
  const entries = Object.keys(ours).filter((key) => key.endsWith('.json') && key in theirs)
  expect(entries.length).toBeGreaterThan(0)
  for (const key of entries) expect(theirs[key], key).toBe(ours[key])
  expect((await keysOf(target, '_delta_log/_last')).length).toBe(1)
}
