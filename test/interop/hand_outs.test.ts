// Hand-outs read by other engines: every engine has the rows of the version that was handed out, and goes on writing to
// the new table as to one of its own.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hasVector } from '#delta/data_file/identity'
import { enableInCommitTimestamps, hasInCommitTimestamps } from '#delta/upgrade'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { type TableVersion, tableVersion } from '#runtime/units'
import { testContext } from '#support/delta/delta_table'
import { temporaryFolder } from '#support/temporary_folder'
import { handOut } from '#table-copy/hand_out'
import { verifyCopy } from '#table-copy/verify_copy'
import { expectSameRows } from './agreement.ts'
import { describeWithEngines } from './engines.ts'
import { drain, snapshotAt, tablePath } from './lake.ts'
import { recording } from './recording.ts'

const storeAt = (root: string) => openFilesystemStore({ root })

/** Hands the table out to a new folder, and proves that it is whole. */
async function handedOut(path: string, version?: TableVersion): Promise<string> {
  const target = temporaryFolder()
  const options = { ...testContext('hand-out'), ...(version === undefined ? {} : { version }) }
  await handOut(storeAt(path), storeAt(target), options)
  expect(await verifyCopy(storeAt(path), storeAt(target), testContext())).toMatchObject({ differences: [], notes: [] })
  return target
}

describeWithEngines('a hand-out', (engines) => {
  test('of our table: every engine reads the rows of its version, and appends', async () => {
    const folder = temporaryFolder()
    await drain(folder, recording(0, 600), 100)
    const path = tablePath(folder, 'stocks')
    const rows = await expectSameRows(engines(), path)
    const newest = await handedOut(path)
    expect(await expectSameRows(engines(), newest)).toEqual(rows)
    const older = await expectSameRows(engines(), await handedOut(path, tableVersion(2)))
    expect(older.length).toBeGreaterThan(0)
    expect(older.length).toBeLessThan(rows.length)
    expect(await engines().spark.history(newest)).toEqual([expect.objectContaining({ version: 0, operation: 'CLONE' })])
    await engines().deltaRs.append(newest, 'SELECT * FROM t')
    await engines().spark.append(newest, 'SELECT * FROM t')
    expect(await expectSameRows(engines(), newest)).toHaveLength(4 * rows.length)
  })

  test('of a table with in-commit timestamps: Spark reads, appends and checkpoints', async () => {
    const folder = temporaryFolder()
    await drain(folder, recording(0, 300), 100)
    const path = tablePath(folder, 'stocks')
    await enableInCommitTimestamps(storeAt(path), await snapshotAt(path), testContext())
    const rows = await expectSameRows(engines(), path)
    const target = await handedOut(path)
    expect(await expectSameRows(engines(), target)).toEqual(rows)
    await engines().spark.append(target, 'SELECT * FROM t')
    await engines().spark.checkpoint(target)
    const snapshot = await snapshotAt(target)
    expect([snapshot.version, hasInCommitTimestamps(snapshot)]).toEqual([1, true])
    expect(await expectSameRows(engines(), target)).toHaveLength(2 * rows.length)
  })

  test("of Spark's table with deletion vectors, mapped columns and partitions", async () => {
    const path = join(temporaryFolder(), 'table')
    mkdirSync(path)
    const spark = (statement: string, at = path) => engines().spark.run(statement.replace('$t', `delta.\`${at}\``))
    await spark(`CREATE TABLE $t (id BIGINT, gone INT, name STRING, s STRUCT<a: INT, b: STRING>, part STRING)
      USING delta PARTITIONED BY (part) TBLPROPERTIES
      ('delta.columnMapping.mode' = 'name', 'delta.enableDeletionVectors' = 'true', 'delta.appendOnly' = 'false')`)
    const row = "id, 1, concat('n', id), named_struct('a', CAST(id AS INT), 'b', 'x'), IF(id % 2 = 0, 'a b/c', 'd%')"
    await spark(`INSERT INTO $t SELECT ${row} FROM range(0, 2000, 1, 2)`)
    await spark('DELETE FROM $t WHERE id % 10 = 3')
    await spark('ALTER TABLE $t RENAME COLUMN name TO `the name`')
    await spark('ALTER TABLE $t DROP COLUMN gone')
    expect([...(await snapshotAt(path)).files.values()].some(hasVector)).toBe(true)
    const target = await handedOut(path)
    const sql = (quote: string) => `SELECT id, ${quote}the name${quote}, s.a, part FROM t ORDER BY id`
    const rows = await engines().spark.query(path, sql('`'))
    expect(rows).toHaveLength(1800)
    expect(await engines().spark.query(target, sql('`'))).toEqual(rows)
    expect((await engines().ours.query(target, sql('"'))).map((each) => each.map(String))).toEqual(
      rows.map((each) => each.map(String)),
    )
    await spark('DELETE FROM $t WHERE id < 1000', target)
    expect(await engines().spark.query(target, 'SELECT count(*) FROM t')).toEqual([[900]])
    expect(await engines().spark.query(path, 'SELECT count(*) FROM t')).toEqual([[1800]])
  })
})
