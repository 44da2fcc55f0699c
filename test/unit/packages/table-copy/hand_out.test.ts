// A hand-out is a new table with the rows of one version of another, and nothing more: made once, whole or not at all,
// whatever kills it, and never over something else.

import { beforeEach, describe, expect, test } from 'vitest'
import { writeCheckpoint } from '#delta/checkpoint'
import { commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { commitKey } from '#delta/log/listing'
import { loadSnapshot } from '#delta/snapshot'
import { enableInCommitTimestamps } from '#delta/upgrade'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { tableVersion } from '#runtime/units'
import { column, entry, quotesTable, rowsFile, testContext } from '#support/delta/delta_table'
import { queryForeign, writeForeignLog } from '#support/delta/foreign_table'
import { mortal } from '#support/stores/mortal_store'
import { type ParquetTable, parquetTable } from '#support/table-copy/parquet_table'
import { VECTOR_KEY, VECTOR_TABLE_ROWS, vectorTable } from '#support/table-copy/vector_table'
import { temporaryFolder } from '#support/temporary_folder'
import { type HandOutOptions, handOut } from '#table-copy/hand_out'

const options = (more: Partial<HandOutOptions> = {}): HandOutOptions => ({ ...testContext('hand-out'), ...more })

async function keysOf(store: ObjectStore): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list('')) keys.push(key)
  return keys
}

async function contentOf(store: ObjectStore): Promise<Map<string, string>> {
  const content = new Map<string, string>()
  for (const key of await keysOf(store)) content.set(key, Buffer.from((await store.get(key)) ?? []).toString('base64'))
  return content
}

/** The lines of a version's entry. */
async function linesOf(store: ObjectStore, version: number): Promise<Record<string, Record<string, unknown>>[]> {
  const bytes = await store.get(commitKey(tableVersion(version)))
  return new TextDecoder()
    .decode(bytes)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

let source: ObjectStore
let target: ObjectStore
let table: ParquetTable

/** Versions 0 to 6: five appends of 10 rows, all merged at 6; a checkpoint at 4. */
beforeEach(async () => {
  ;[source, target] = [openMemoryStore(), openMemoryStore()]
  table = await parquetTable(source, { commits: 4, context: testContext() })
  await table.checkpoint()
  await table.append(10)
  await table.compact()
})

describe('a hand-out', () => {
  test('has what the newest version needs, as version 0 of a new table', async () => {
    const outcome = await handOut(source, target, options())
    const [file] = table.snapshot().files.values()
    expect(outcome).toEqual({ kind: 'handed_out', version: 6, files: 1, bytes: file?.size, skippedFiles: 0 })
    expect(await keysOf(target)).toEqual([commitKey(tableVersion(0)), file?.path])
    const ours = await loadSnapshot(target)
    expect(ours?.metadata).toEqual({
      ...table.snapshot().metadata,
      id: expect.not.stringMatching(table.snapshot().metadata.id),
      createdTime: expect.any(Number),
    })
    expect(ours?.protocol).toEqual(table.snapshot().protocol)
    expect([...(ours?.files.values() ?? [])]).toEqual([{ ...file, dataChange: true }])
    expect(ours?.txns.size).toBe(0)
    expect((await linesOf(target, 0))[0]?.commitInfo).toMatchObject({
      operation: 'CLONE',
      operationParameters: { source: 'memory:', sourceTableId: table.snapshot().metadata.id, sourceVersion: '6' },
      operationMetrics: { numCopiedFiles: '1', copiedFilesSize: String(file?.size) },
    })
  })

  test('can be of an older version', async () => {
    const outcome = await handOut(source, target, options({ version: tableVersion(3) }))
    expect(outcome).toMatchObject({ kind: 'handed_out', version: 3, files: 3 })
    const wanted = await loadSnapshot(source, { version: tableVersion(3) })
    expect([...((await loadSnapshot(target))?.files.keys() ?? [])]).toEqual([...(wanted?.files.keys() ?? [])])
  })

  test('that is there is left alone', async () => {
    await handOut(source, target, options())
    const before = await contentOf(target)
    const outcome = await handOut(source, target, options())
    expect(outcome).toEqual({ kind: 'there', version: 6, files: 0, bytes: 0, skippedFiles: 0 })
    expect(await contentOf(target)).toEqual(before)
  })

  test('that has gone on as a table of its own is left alone, too', async () => {
    await handOut(source, target, options())
    const snapshot = await loadSnapshot(target)
    if (snapshot === undefined) throw new Error('no table')
    const change = { files: [rowsFile('b', 0, 1)], txns: [], operation: 'WRITE' }
    await commitAppend(target, snapshot, change, testContext())
    expect(await handOut(source, target, options())).toMatchObject({ kind: 'there' })
  })

  test('tells how far it is', async () => {
    const told: string[] = []
    const onProgress: HandOutOptions['onProgress'] = ({ files, filesPlanned, version }) =>
      told.push(`${files}/${filesPlanned} ${version}`)
    await handOut(source, target, options({ version: tableVersion(2), onProgress }))
    expect(told).toEqual(['0/2 undefined', '1/2 undefined', '2/2 undefined', '2/2 0'])
  })

  test('brings deletion vectors and their files along', async () => {
    const [from, to] = [await vectorTable(), temporaryFolder()]
    await handOut(openFilesystemStore({ root: from }), openFilesystemStore({ root: to }), options())
    expect(await keysOf(openFilesystemStore({ root: to }))).toContain(VECTOR_KEY)
    const rows = async (folder: string) => (await queryForeign(folder, 'SELECT n FROM t ORDER BY n')).rows
    expect(await rows(to)).toEqual(await rows(from))
    expect((await rows(to))[0]).toHaveLength(VECTOR_TABLE_ROWS)
  })
})

describe('in-commit timestamps', () => {
  test('begin at version 0 of the hand-out, whenever the source got them', async () => {
    const upgraded = await enableInCommitTimestamps(source, table.snapshot(), testContext())
    expect(upgraded.snapshot.metadata.configuration).toHaveProperty('delta.inCommitTimestampEnablementVersion')
    await handOut(source, target, options())
    const ours = await loadSnapshot(target)
    expect(ours?.metadata.configuration).toEqual({ 'delta.enableInCommitTimestamps': 'true' })
    expect(ours?.protocol).toEqual(upgraded.snapshot.protocol)
    const [first] = await linesOf(target, 0)
    expect(Object.keys(first ?? {})).toEqual(['commitInfo'])
    expect(first?.commitInfo?.inCommitTimestamp).toBe(ours?.timestamp)
  })

  test('are not there when the source has none', async () => {
    await handOut(source, target, options())
    expect((await linesOf(target, 0))[0]?.commitInfo).not.toHaveProperty('inCommitTimestamp')
  })
})

describe('refused, and nothing is written:', () => {
  const refusal = async (work: Promise<unknown>, expected: { code: string; message: RegExp }) => {
    const before = await contentOf(target)
    const message = expect.stringMatching(expected.message)
    await expect(work).rejects.toMatchObject({ code: expected.code, message })
    expect(await contentOf(target)).toEqual(before)
  }

  test('over the hand-out of another version', async () => {
    await handOut(source, target, options({ version: tableVersion(3) }))
    const message = /there is version 3 of this table already, not version 6; .* or ask for --version 3$/
    await refusal(handOut(source, target, options()), { code: 'TABLE_CONFLICT', message })
  })

  test('over another table', async () => {
    await createTable(target, quotesTable, testContext())
    const refused = { code: 'TABLE_CONFLICT', message: /there is another table already; nothing was changed; hand/ }
    await refusal(handOut(source, target, options()), refused)
  })

  test('over what is left of another table', async () => {
    const other = await createTable(target, quotesTable, testContext())
    await writeCheckpoint(target, other, testContext())
    await target.delete(commitKey(tableVersion(0)))
    await refusal(handOut(source, target, options()), { code: 'TABLE_CONFLICT', message: /another table/ })
  })

  test('a version that the source does not have', async () => {
    const refused = { code: 'TABLE_NOT_FOUND', message: /no version 9; its newest is 6/ }
    await refusal(handOut(source, target, options({ version: tableVersion(9) })), refused)
  })

  test('without a table', async () => {
    await refusal(handOut(openMemoryStore(), target, options()), { code: 'TABLE_NOT_FOUND', message: /memory:/ })
  })

  test.each(['rowTracking', 'domainMetadata', 'clustering', 'icebergCompatV2', 'fromTheFuture'])(
    'a table with the feature %s',
    async (feature) => {
      const folder = temporaryFolder()
      const protocol = { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['appendOnly', feature] }
      const schema = { type: 'struct', fields: [column('n', 'long')] }
      writeForeignLog(folder, { schema, protocol, actions: [] })
      const work = handOut(openFilesystemStore({ root: folder }), target, options())
      await refusal(work, {
        code: 'TABLE_UNSUPPORTED',
        message: new RegExp(`uses the feature ${feature}, which .*lose`),
      })
    },
  )

  test('a table with a file elsewhere', async () => {
    const add = { ...rowsFile('a', 0, 1), path: 's3://another/bucket/x.parquet' }
    await source.put(commitKey(tableVersion(7)), entry({ add }))
    await refusal(handOut(source, target, options()), { code: 'TABLE_UNSUPPORTED', message: /s3:\/\/another/ })
  })
})

describe('a file that the source has no more', () => {
  /** The source, vacuumed as soon as the hand-out reads a file of it, after everything was merged. */
  function vacuumedOnce(): ObjectStore {
    let vacuumed = false
    const vacuum = async (key: string) => {
      if (vacuumed || !key.startsWith('date=')) return
      vacuumed = true
      await table.append(10)
      const old = [...table.snapshot().files.values()].map(({ path }) => path)
      await table.compact()
      for (const path of old) await source.delete(path)
    }
    return {
      ...source,
      sizeOf: (key) => vacuum(key).then(() => source.sizeOf(key)),
      getRange: (key, range) => vacuum(key).then(() => source.getRange(key, range)),
    }
  }

  test('has the newest version taken in place of the one before', async () => {
    expect(await handOut(vacuumedOnce(), target, options())).toMatchObject({ kind: 'handed_out', version: 8 })
    const [file] = (await loadSnapshot(target))?.files.values() ?? []
    expect(JSON.parse(file?.stats ?? '')).toEqual({ numRecords: 60 })
  })

  test('is an error when its version was asked for', async () => {
    const work = handOut(vacuumedOnce(), target, options({ version: tableVersion(6) }))
    const message = expect.stringMatching(
      /which version 6 needs, is not at the source any more; hand out a newer version/,
    )
    await expect(work).rejects.toMatchObject({ code: 'TABLE_CORRUPT', message })
    expect(await loadSnapshot(target)).toBeUndefined()
  })

  test('is an error when the newest version needs it', async () => {
    for (const { path } of table.snapshot().files.values()) await source.delete(path)
    await expect(handOut(source, target, options())).rejects.toMatchObject({ code: 'TABLE_CORRUPT' })
    expect(await keysOf(target)).toEqual([])
  })
})

test('of two at once one makes it, and both end well', async () => {
  const outcomes = await Promise.all(['a', 'b'].map((name) => handOut(source, target, options(testContext(name)))))
  expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['handed_out', 'there'])
  expect((await loadSnapshot(target))?.version).toBe(0)
})

test.each([true, false])('killed at every call, and run again, it is whole or not there (after: %s)', async (after) => {
  const version = tableVersion(4)
  for (let calls = 1; ; calls++) {
    target = openMemoryStore()
    const life = { calls, after }
    const killed = await handOut(mortal(source, life), mortal(target, life), options({ version })).then(
      () => false,
      () => true,
    )
    const between = await loadSnapshot(target)
    if (between !== undefined) await expectWhole()
    const again = await handOut(source, target, options({ ...testContext('again'), version }))
    if (between !== undefined) expect(again.kind).toBe('there')
    await expectWhole()
    if (!killed) break
    expect(calls).toBeLessThan(100)
  }

  async function expectWhole() {
    const snapshot = await loadSnapshot(target)
    expect(snapshot?.files.size).toBe(4)
    for (const { path, size } of snapshot?.files.values() ?? []) expect(await target.sizeOf(path)).toBe(size)
    expect(await keysOf(target)).toHaveLength(5)
  }
})
