// A hand-out is no copy, since its log is its own: it is held to the version of the source that it was made of.

import { beforeEach, describe, expect, test } from 'vitest'
import { commitAppend } from '#delta/commit'
import { commitKey } from '#delta/log/listing'
import { loadSnapshot } from '#delta/snapshot'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { tableVersion } from '#runtime/units'
import { rowsFile, testContext } from '#support/delta/delta_table'
import { type ParquetTable, parquetTable } from '#support/table-copy/parquet_table'
import { handOut } from '#table-copy/hand_out'
import { verifyCopy } from '#table-copy/verify_copy'

const version = tableVersion(3)
let source: ObjectStore
let target: ObjectStore
let table: ParquetTable
const verify = () => verifyCopy(source, target, testContext())

beforeEach(async () => {
  ;[source, target] = [openMemoryStore(), openMemoryStore()]
  table = await parquetTable(source, { commits: 5, context: testContext() })
  await handOut(source, target, { ...testContext('hand-out'), version })
})

test('a whole one has no difference', async () => {
  expect(await verify()).toMatchObject({
    version: 3,
    handedOut: 3,
    sourceVersion: 5,
    targetVersion: 0,
    files: 3,
    rows: 30,
    differences: [],
    notes: [],
  })
})

test('one that has gone on by itself is not wrong', async () => {
  const snapshot = await loadSnapshot(target)
  if (snapshot === undefined) throw new Error('no table')
  await commitAppend(target, snapshot, { files: [rowsFile('b', 0, 1)], txns: [], operation: 'WRITE' }, testContext())
  const { differences, notes } = await verify()
  expect(differences).toEqual([])
  expect(notes).toEqual(['the target is a table of its own and has gone on by 1 version, which were not compared'])
})

test('one whose version the source has no more is held to its own log', async () => {
  await table.checkpoint()
  for (const old of [0, 1, 2, 3, 4]) await source.delete(commitKey(tableVersion(old)))
  const report = await verify()
  expect(report).toMatchObject({ handedOut: 3, files: 3, rows: 30, differences: [] })
  expect(report.notes).toEqual([expect.stringMatching(/^version 3: the source does not have it any more/)])
})

describe('damage is found:', () => {
  test('a file that is gone', async () => {
    const [file] = table.snapshot().files.values()
    await target.delete(file?.path as string)
    expect((await verify()).differences).toEqual([expect.objectContaining({ kind: 'file_missing', side: 'target' })])
  })

  test('an entry that lacks a file', async () => {
    const key = commitKey(tableVersion(0))
    const lines = new TextDecoder().decode(await target.get(key)).split('\n')
    await target.put(key, new TextEncoder().encode(lines.toSpliced(3, 1).join('\n')))
    const message = expect.stringMatching(/reads as something else at the target: it lacks the live file/)
    expect((await verify()).differences).toEqual([expect.objectContaining({ kind: 'other_state', message })])
  })

  test('a table of another source', async () => {
    const other = openMemoryStore()
    await parquetTable(other, { commits: 1, context: testContext('other') })
    const { differences } = await verifyCopy(other, target, testContext())
    expect(differences).toEqual([expect.objectContaining({ kind: 'another_table' })])
  })
})
