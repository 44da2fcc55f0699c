// Tables of other engines, handed out: our SQL reads the same rows, and the verification finds no difference, nor in a
// copy. What cannot be handed out is refused, with nothing at the target. The tables: DELTA_GOLDEN_DIR.

import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadSnapshot } from '#delta/snapshot'
import { lakeSource } from '#lake-sql/lake_source'
import { SQL_LIMITS_DEFAULT } from '#lake-sql/limits'
import { startQuery } from '#lake-sql/query'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { systemClock } from '#runtime/clock'
import { testContext } from '#support/delta/delta_table'
import { temporaryFolder } from '#support/temporary_folder'
import { copyTable } from '#table-copy/copy_table'
import { handOut } from '#table-copy/hand_out'
import { verifyCopy } from '#table-copy/verify_copy'

const GOLDEN = resolve(process.env.DELTA_GOLDEN_DIR ?? join(import.meta.dirname, '../../../shared/delta-golden'))
const names = existsSync(GOLDEN) ? readdirSync(GOLDEN).filter((name) => existsSync(join(GOLDEN, name, 'delta'))) : []

test.skipIf(names.length > 0)('golden tables are at DELTA_GOLDEN_DIR', (context) => context.skip('there are none'))

/** What has no table, or one that is damaged, or whose live files are not there: neither way can go. */
const NEITHER: Readonly<Record<string, string>> = {
  checkpoint: 'TABLE_CORRUPT',
  'data-reader-absolute-paths-escaped-chars': 'TABLE_CORRUPT',
  'delete-re-add-same-file-different-transactions': 'TABLE_CORRUPT',
  'deltalog-commit-info': 'TABLE_CORRUPT',
  'deltalog-invalid-protocol-version': 'TABLE_UNSUPPORTED',
  'deltalog-state-reconstruction-from-checkpoint-missing-metadata': 'TABLE_CORRUPT',
  'deltalog-state-reconstruction-without-protocol': 'TABLE_CORRUPT',
  hive: 'TABLE_NOT_FOUND',
  'no-delta-log-folder': 'TABLE_NOT_FOUND',
}

/** What the newest version does not need keeps these from being copied with their history: copy_golden.test.ts. */
const HAND_OUT_ONLY: readonly string[] = [
  'canonicalized-paths-normal-a',
  'canonicalized-paths-special-a',
  'deltalog-getChanges',
  'log-replay-special-characters-a',
  'snapshot-vacuumed',
]

const golden = (name: string) => openFilesystemStore({ root: join(GOLDEN, name, 'delta') })
const empty = () => openFilesystemStore({ root: temporaryFolder() })

/** How many rows one table has and the other lacks, both ways. */
async function differentRows(source: ObjectStore, target: ObjectStore): Promise<unknown> {
  const tables = [
    { name: 'source', store: source },
    { name: 'target', store: target },
  ]
  const cache = { folder: '/nowhere', bytesMax: 0, clock: systemClock, newId: () => 'id' }
  const sql = `SELECT (SELECT count(*) FROM (FROM source EXCEPT ALL FROM target)) AS missing,
    (SELECT count(*) FROM (FROM target EXCEPT ALL FROM source)) AS surplus`
  const lake = lakeSource({ url: GOLDEN, tables, at: { kind: 'newest' }, cache })
  const query = await startQuery({ sql, source: lake, views: [], limits: SQL_LIMITS_DEFAULT })
  try {
    await query.next()
    const event = await query.next()
    return event.kind === 'rows' ? event.rows[0] : event
  } finally {
    await query.close()
  }
}

describe.skipIf(names.length === 0)('golden tables', () => {
  test.each(names.filter((name) => !(name in NEITHER)))('%s', async (name) => {
    const [source, copy, handedOut] = [golden(name), empty(), empty()]
    expect(await handOut(source, handedOut, testContext())).toMatchObject({ kind: 'handed_out' })
    expect(await verifyCopy(source, handedOut, testContext())).toMatchObject({ differences: [], notes: [] })
    expect(await differentRows(source, handedOut)).toEqual(['0', '0'])
    if (HAND_OUT_ONLY.includes(name)) return
    await copyTable(source, copy, testContext())
    expect(await verifyCopy(source, copy, testContext())).toMatchObject({ differences: [], notes: [] })
  })

  test.each(Object.entries(NEITHER).filter(([name]) => names.includes(name)))('%s is refused', async (name, code) => {
    const target = empty()
    await expect(handOut(golden(name), target, testContext())).rejects.toMatchObject({ code })
    expect(await loadSnapshot(target)).toBeUndefined()
  })
})
