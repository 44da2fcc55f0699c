// Tables of other writers: a copy of one reads as the table itself, or it is refused by name. The tables:
// DELTA_GOLDEN_DIR.

import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadSnapshot } from '#delta/snapshot'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { queryForeign } from '#support/delta/foreign_table'
import { copy, keysOf } from '#support/table-copy/copies'
import { temporaryFolder } from '#support/temporary_folder'

const folder = resolve(process.env.DELTA_GOLDEN_DIR ?? join(import.meta.dirname, '../../../shared/delta-golden'))
const tables = existsSync(folder) ? readdirSync(folder).filter((name) => name !== 'README.md') : []
if (tables.length === 0) process.stderr.write(`SKIPPED: no golden Delta tables at ${folder}; set DELTA_GOLDEN_DIR\n`)

/** Tables that are not copied, and what the refusal names. Many of them have a log, but no files. */
const REFUSED: Readonly<Record<string, readonly [code: string, named: string]>> = {
  'canonicalized-paths-normal-a': ['TABLE_UNSUPPORTED', '/some/unqualified/absolute/path'],
  'canonicalized-paths-special-a': ['TABLE_UNSUPPORTED', '/some/unqualified/with%20space/p@%23h'],
  checkpoint: ['TABLE_CORRUPT', 'the file 15'],
  'data-reader-absolute-paths-escaped-chars': ['TABLE_CORRUPT', "outside the table's folder"],
  'delete-re-add-same-file-different-transactions': ['TABLE_CORRUPT', 'the file foo'],
  'deltalog-commit-info': ['TABLE_CORRUPT', 'the file abc'],
  'deltalog-getChanges': ['TABLE_CONFLICT', 'a checkpoint of version 1 or later'],
  'deltalog-invalid-protocol-version': ['TABLE_UNSUPPORTED', 'reader version 99'],
  'deltalog-state-reconstruction-from-checkpoint-missing-metadata': ['TABLE_CORRUPT', 'the file 0'],
  'deltalog-state-reconstruction-without-protocol': ['TABLE_CORRUPT', 'no protocol'],
  hive: ['TABLE_NOT_FOUND', 'no Delta table'],
  'log-replay-special-characters-a': ['TABLE_CONFLICT', 'a checkpoint of version 1 or later'],
  'no-delta-log-folder': ['TABLE_NOT_FOUND', 'no Delta table'],
  'snapshot-vacuumed': ['TABLE_CONFLICT', 'a checkpoint of version 5 or later'],
}

const open = (name: string) => openFilesystemStore({ root: join(folder, name, 'delta') })

test.skipIf(tables.length > 0)('golden tables are at DELTA_GOLDEN_DIR', (context) => context.skip('there are none'))

describe.skipIf(tables.length === 0)('a copy of a golden table', () => {
  test.each(tables.filter((name) => !(name in REFUSED)))('reads as the table itself: %s', async (name) => {
    const source = open(name)
    const target = openFilesystemStore({ root: temporaryFolder() })
    await copy(source, target)
    await requireSameObjects(source, target)
    const [before, after] = [await loadSnapshot(source), await loadSnapshot(target)]
    expect(after).toEqual(before)
    const sql = 'SELECT * FROM t ORDER BY ALL'
    expect((await queryForeign(target, sql)).rows).toEqual((await queryForeign(source, sql)).rows)
    expect(await copy(source, target)).toMatchObject({ entries: 0, files: 0, checkpoints: 0 })
  })

  test.each(Object.entries(REFUSED))('is refused by name: %s', async (name, [code, named]) => {
    const target = openFilesystemStore({ root: temporaryFolder() })
    const refusal = { code, message: expect.stringContaining(named) }
    await expect(copy(open(name), target)).rejects.toMatchObject(refusal)
  })
})

/** Whatever is at the target has the source's bytes. */
async function requireSameObjects(source: ObjectStore, target: ObjectStore): Promise<void> {
  const keys = await keysOf(target)
  expect(keys.length).toBeGreaterThan(0)
  for (const key of keys) {
    const same = Buffer.compare(
      (await source.get(key)) ?? new Uint8Array(),
      (await target.get(key)) ?? new Uint8Array(),
    )
    expect(same, key).toBe(0)
  }
}
