// Each kind of damage to a copy is found and named, with what to do about it; a copy that is behind, that began at a
// checkpoint, or whose source is written to and cleaned meanwhile is not called wrong.

import { describe, expect, test } from 'vitest'
import { writeCheckpoint } from '#delta/checkpoint'
import { HINT_KEY } from '#delta/checkpoint/last_checkpoint'
import type { AddFile } from '#delta/log/actions'
import { commitKey } from '#delta/log/listing'
import { loadSnapshot } from '#delta/snapshot'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { tableVersion } from '#runtime/units'
import { entry, testContext } from '#support/delta/delta_table'
import { copyObjects, type ParquetTable, parquetOf, parquetTable } from '#support/table-copy/parquet_table'
import { copyTable } from '#table-copy/copy_table'
import { type VerifyOptions, verifyCopy } from '#table-copy/verify_copy'

const context = () => testContext('verify')

const verify = (source: ObjectStore, target: ObjectStore, more: Partial<VerifyOptions> = {}) =>
  verifyCopy(source, target, { ...context(), ...more })

const keyOf = (version: number) => commitKey(tableVersion(version))

/** A table of versions 0 to 6 with a checkpoint at 4, compacted at 6; and its copy. */
async function copied(): Promise<{ table: ParquetTable; source: ObjectStore; target: ObjectStore }> {
  const [source, target] = [openMemoryStore(), openMemoryStore()]
  const table = await parquetTable(source, { commits: 4, context: context() })
  await table.checkpoint()
  await table.append(10)
  await table.compact()
  await copyObjects(source, target)
  return { table, source, target }
}

async function change(store: ObjectStore, key: string, at: number): Promise<void> {
  const bytes = (await store.get(key)) as Uint8Array
  bytes[at] = (bytes[at] ?? 0) ^ 1
  await store.put(key, bytes)
}

/** Writes the checkpoint of a version anew, with its files changed. */
async function putCheckpoint(store: ObjectStore, version: number, change: (files: AddFiles) => AddFiles) {
  const snapshot = await loadSnapshot(store, { version: tableVersion(version) })
  if (snapshot === undefined) throw new Error('there is no table')
  await writeCheckpoint(store, { ...snapshot, files: new Map(change([...snapshot.files])) }, context())
}

type AddFiles = [string, AddFile][]

const liveKey = (table: ParquetTable) => [...table.snapshot().files.values()][0]?.path as string

test('a whole copy has no difference, and everything in it was compared', async () => {
  const { source, target, table } = await copied()
  const progress: string[] = []
  const report = await verify(source, target, {
    onProgress: ({ step, done, planned }) => progress.push(`${step} ${done}/${planned}`),
  })
  const size = Number([...table.snapshot().files.values()][0]?.size)
  expect(report).toEqual({
    source: 'memory:',
    target: 'memory:',
    version: 6,
    sourceVersion: 6,
    targetVersion: 6,
    entries: 7,
    checkpointFiles: 1,
    files: 1,
    bytes: size,
    rows: 50,
    differences: [],
    differenceCount: 0,
    notes: [],
  })
  expect(progress.at(0)).toBe('log 1/8')
  expect(progress.slice(-3)).toEqual(['log 8/8', 'files 1/1', 'rows 1/1'])
})

describe('damage at the target is found and named:', () => {
  test.each<[what: string, expected: object, damage: (target: ObjectStore, table: ParquetTable) => Promise<void>]>([
    [
      'a missing log entry',
      {
        kind: 'entry_missing',
        version: 3,
        message: /version 3: .* lacks _delta_log\/0{19}3.json, so readers cannot get past version 2; put the/,
      },
      (target) => target.delete(keyOf(3)),
    ],
    [
      'a changed byte in an entry',
      { kind: 'entry_changed', version: 5, message: /version 5: .* differs from the source's from byte 40 on; if/ },
      (target) => change(target, keyOf(5), 40),
    ],
    [
      'a cut entry',
      { kind: 'entry_changed', version: 2, message: /from byte 25 on/ },
      async (target) => target.put(keyOf(2), ((await target.get(keyOf(2))) as Uint8Array).slice(0, 25)),
    ],
    [
      'a version of somebody else',
      { kind: 'entry_extra', version: 7, message: /version 7: only at the target, .* let nobody else write there/ },
      (target) => target.put(keyOf(7), entry({ commitInfo: { operation: 'VACUUM' } })),
    ],
    [
      'a checkpoint that says something else',
      { kind: 'checkpoint_changed', version: 4, message: /says something else .* lacks the live file/ },
      (target) => putCheckpoint(target, 4, (files) => files.slice(1)),
    ],
    [
      'a damaged checkpoint',
      { kind: 'checkpoint_changed', version: 4, message: /cannot be read/ },
      (target) => target.put('_delta_log/00000000000000000004.checkpoint.parquet', new Uint8Array(100)),
    ],
    [
      'a file that is gone',
      {
        kind: 'file_missing',
        side: 'target',
        message: /is not at the target, and the table needs it; put the source's/,
      },
      (target, table) => target.delete(liveKey(table)),
    ],
    [
      'a file that is shorter',
      { kind: 'file_size', side: 'target', message: /has 7 bytes at the target instead of \d+/ },
      (target, table) => target.put(liveKey(table), new Uint8Array(7)),
    ],
    [
      'a file with another number of rows',
      { kind: 'row_count', message: /has \d+ rows at the target instead of 50/ },
      async (target, table) => {
        const key = liveKey(table)
        const body = new Uint8Array(((await target.get(key)) as Uint8Array).length)
        const other = await parquetOf(0, 20)
        body.set(other, body.length - other.length)
        await target.put(key, body)
      },
    ],
    [
      'a file that is no Parquet any more',
      { kind: 'file_damaged', message: /cannot be read as Parquet: it does not end as a Parquet file does/ },
      async (target, table) => change(target, liveKey(table), ((await target.get(liveKey(table)))?.length ?? 0) - 1),
    ],
  ])('%s', async (_, { message, ...expected }: { message?: RegExp }, damage) => {
    const { source, target, table } = await copied()
    await damage(target, table)
    const { differences, differenceCount } = await verify(source, target)
    expect(differences).toEqual([
      expect.objectContaining({ side: 'target', ...expected, message: expect.stringMatching(message as RegExp) }),
    ])
    expect(differenceCount).toBe(1)
  })

  test('another table', async () => {
    const { source } = await copied()
    const other = openMemoryStore()
    await parquetTable(other, { commits: 2, context: testContext('other') })
    const { differences, entries } = await verify(source, other)
    expect(differences).toEqual([expect.objectContaining({ kind: 'another_table' })])
    expect(entries).toBe(0)
  })

  test('a checkpoint of its own that says something else', async () => {
    const { source, target } = await copied()
    await putCheckpoint(target, 5, (files) => files.slice(1))
    const { differences } = await verify(source, target)
    expect(differences).toEqual([expect.objectContaining({ kind: 'checkpoint_changed', version: 5 })])
  })

  test('more of it than is listed', async () => {
    const [source, target] = [openMemoryStore(), openMemoryStore()]
    const table = await parquetTable(source, { commits: 150, context: context() })
    await copyObjects(source, target)
    for (const { path } of table.snapshot().files.values()) await target.delete(path)
    const { differences, differenceCount } = await verify(source, target)
    expect(differences).toHaveLength(100)
    expect(differenceCount).toBe(150)
  })
})

test('damage at the source is told as such', async () => {
  const { source, target, table } = await copied()
  await source.delete(liveKey(table))
  const { differences } = await verify(source, target)
  expect(differences).toEqual([expect.objectContaining({ kind: 'file_missing', side: 'source' })])
})

describe('nothing is wrong with', () => {
  test('a target that is behind', async () => {
    const { source, target, table } = await copied()
    await table.append(10)
    const behindByOne = (await verify(source, target)).notes
    expect(behindByOne).toEqual(['the target is 1 version behind the source; the next copy brings it'])
    await table.append(10)
    const { differences, notes, version, rows } = await verify(source, target)
    expect({ differences, version, rows }).toEqual({ differences: [], version: 6, rows: 50 })
    expect(notes).toEqual(['the target is 2 versions behind the source; the next copy brings them'])
  })

  test('a copy that began at a checkpoint', async () => {
    const { source, target } = await copied()
    for (const version of [0, 1, 2, 3]) await target.delete(keyOf(version))
    expect(await verify(source, target)).toMatchObject({ differences: [], notes: [], entries: 3, rows: 50 })
  })

  test('a copy that went on at a checkpoint, since the versions before it could not be had', async () => {
    const { source, target, table } = await copied()
    for (const version of [2, 3]) await target.delete(keyOf(version))
    for await (const { key } of source.list('date=')) if (key !== liveKey(table)) await source.delete(key)
    const { differences, notes } = await verify(source, target)
    expect(differences).toEqual([])
    expect(notes).toEqual(['versions 2 to 3: not at the target, which went on at the checkpoint of version 4'])
  })

  test('a copy that went on at a checkpoint, since change data of the versions before it was vacuumed', async () => {
    const { source, target } = await copied()
    const cdc = { path: '_change_data/vacuumed.parquet', partitionValues: {}, size: 4, dataChange: false }
    await source.put(keyOf(7), entry({ cdc }))
    await source.put(keyOf(8), entry({ commitInfo: {} }))
    await putCheckpoint(source, 8, (files) => files)
    expect(await copyTable(source, target, context())).toMatchObject({ from: 6, startedAtCheckpoint: 8 })
    const { differences, notes } = await verify(source, target)
    expect(differences).toEqual([])
    expect(notes).toEqual(['version 7: not at the target, which went on at the checkpoint of version 8'])
  })

  test('a source whose log was cleaned, and whose files were vacuumed', async () => {
    const { source, target, table } = await copied()
    for (const version of [0, 1, 2, 3]) await source.delete(keyOf(version))
    for await (const { key } of source.list('date=')) if (key !== liveKey(table)) await source.delete(key)
    const { differences, notes, entries } = await verify(source, target)
    expect({ differences, entries }).toEqual({ differences: [], entries: 3 })
    expect(notes).toEqual(['versions 0 to 3: only the target still has them, so their bytes were not compared'])
  })

  test('checkpoints of versions that log cleanup took from the source: one note tells of them all', async () => {
    const { source, target } = await copied()
    for (const version of [1, 2, 3]) await putCheckpoint(target, version, (files) => files)
    for (const version of [0, 1, 2, 3]) await source.delete(keyOf(version))
    const read: string[] = []
    const counting: ObjectStore = {
      ...source,
      get(key) {
        read.push(key)
        return source.get(key)
      },
    }
    const { differences, notes } = await verify(counting, target)
    expect({ differences, notes }).toEqual({
      differences: [],
      notes: [
        'versions 0 to 3: only the target still has them, so their bytes were not compared',
        '3 checkpoints of versions 1 to 3: the source does not have what to compare with any more',
      ],
    })
    // The hint: asked for when the newest version is loaded, and not again for each checkpoint.
    expect(read.filter((key) => key === HINT_KEY)).toHaveLength(1)
  })

  test('a target whose copier was killed amid the parts of a checkpoint', async () => {
    const { source, target, table } = await copied()
    await table.append(10)
    await table.append(10)
    const part = `_delta_log/00000000000000000008.checkpoint.0000000001.0000000002.parquet`
    for (const store of [source, target]) await store.put(part, new Uint8Array(9))
    const { differences, version, targetVersion } = await verify(source, target)
    expect({ differences, version, targetVersion }).toEqual({ differences: [], version: 6, targetVersion: 6 })
  })

  test('a checkpoint that was written again, with other bytes', async () => {
    const { source, target } = await copied()
    await putCheckpoint(target, 4, (files) => files.toReversed())
    expect(await verify(source, target)).toMatchObject({ differences: [], checkpointFiles: 1 })
  })
})

test('a file that an older version needs is a note when it is gone, a difference when it is another', async () => {
  const { source, target, table } = await copied()
  const older: string[] = []
  for await (const { key } of source.list('date=')) if (key !== liveKey(table)) older.push(key)
  await target.delete(older[0] as string)
  await target.put(older[1] as string, new Uint8Array(3))
  await source.put('date=2026-11-21/staged.parquet', new Uint8Array(9))
  const { differences, notes } = await verify(source, target)
  expect(differences).toEqual([expect.objectContaining({ kind: 'file_size', key: older[1] })])
  expect(notes).toEqual([expect.stringMatching(/^1 file of older versions .* cannot travel back to those versions$/)])
})

test.each(['source', 'target'])('without a table at the %s there is nothing to compare', async (side) => {
  const { source, target } = await copied()
  const empty = openMemoryStore()
  const work = side === 'source' ? verify(empty, target) : verify(source, empty)
  await expect(work).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' })
})

test('a signal ends it', async () => {
  const { source, target } = await copied()
  await expect(verify(source, target, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'STOPPED' })
})
