// What cannot be copied whole is refused by name, before anything is written.

import { describe, expect, test } from 'vitest'
import { checkpointKey } from '#delta/log/listing'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { tableVersion } from '#runtime/units'
import { checkpointFile } from '#support/delta/checkpoint_files'
import { copy, keysOf, textsOf } from '#support/table-copy/copies'
import { addOf, foreignTable, METADATA, PLAIN, putForeign, withFeatures } from '#support/table-copy/foreign_log'

const refusal = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) })

async function expectRefused(entries: readonly (readonly object[])[], code: string, named: string): Promise<void> {
  const target = openMemoryStore()
  const source = await foreignTable(entries, { 'a.parquet': 3 })
  await expect(copy(source, target)).rejects.toThrow(refusal(code, named))
  expect(await keysOf(target)).toEqual([])
}

describe('a table is refused by name', () => {
  test('when it has a feature that we do not know', async () => {
    await expectRefused([[withFeatures('catalogManaged'), METADATA]], 'TABLE_UNSUPPORTED', 'the feature catalogManaged')
  })

  test('when it gets one on the way, however late', async () => {
    const entries = [[PLAIN, METADATA], [addOf('a.parquet', 3)], [withFeatures('deletionVectors', 'sharding')]]
    await expectRefused(entries, 'TABLE_UNSUPPORTED', 'the feature sharding')
  })

  test.each([
    ['reader version 4', { minReaderVersion: 4, minWriterVersion: 7 }],
    ['writer version 8', { minReaderVersion: 3, minWriterVersion: 8 }],
    ['writer version 0', { minReaderVersion: 1, minWriterVersion: 0 }],
  ])('when it asks for %s', async (named, protocol) => {
    await expectRefused([[{ protocol }, METADATA]], 'TABLE_UNSUPPORTED', named)
  })

  test('when the feature has been there for long', async () => {
    const source = await foreignTable([[PLAIN, METADATA]])
    const target = openMemoryStore()
    await putForeign(source, 1, [withFeatures('sharding')])
    // As another tool may have copied it.
    for (const key of await keysOf(source)) await target.put(key, (await source.get(key)) ?? new Uint8Array())
    await putForeign(source, 2, [addOf('a.parquet', 3)])
    await expect(copy(source, target)).rejects.toThrow(refusal('TABLE_UNSUPPORTED', 'the feature sharding'))
  })
})

describe('a feature that only a checkpoint tells of is refused by name', () => {
  const features = ['sharding']
  const protocol = { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: features, writerFeatures: features }
  const checkpoint = () => checkpointFile([{ protocol }, { metaData: METADATA.metaData }])

  async function cleanedTable(first: number): Promise<ObjectStore> {
    const source = openMemoryStore()
    for (let version = first; version < first + 3; version++) await putForeign(source, version, [{ commitInfo: {} }])
    await source.put(checkpointKey(tableVersion(first)), checkpoint())
    return source
  }

  test('when the copy has to begin there', async () => {
    const target = openMemoryStore()
    const refused = refusal('TABLE_UNSUPPORTED', 'the feature sharding')
    await expect(copy(await cleanedTable(5), target)).rejects.toThrow(refused)
    expect(await keysOf(target)).toEqual([])
  })

  test('when the copy goes on after it', async () => {
    const source = await cleanedTable(5)
    const target = openMemoryStore()
    await putForeign(target, 6, [{ commitInfo: {} }])
    await expect(copy(source, target)).rejects.toThrow(refusal('TABLE_UNSUPPORTED', 'the feature sharding'))
    expect(await keysOf(target)).toHaveLength(1)
  })
})

const VECTOR = { sizeInBytes: 1, cardinality: 1 }
const ABSOLUTE_VECTOR = { storageType: 'p', pathOrInlineDv: 's3://elsewhere/dv.bin', ...VECTOR }

describe('a file that the copy would not have is refused by name', () => {
  test.each([
    ['an absolute path', addOf('s3://elsewhere/a.parquet', 3), 's3://elsewhere/a.parquet'],
    ['an absolute path to its own folder', addOf('memory:/a.parquet', 3), 'memory:/a.parquet'],
    ['a path from the root', addOf('/a.parquet', 3), '/a.parquet'],
    [
      'an absolute path of a removed file',
      { remove: { path: 'file:/a.parquet', dataChange: true } },
      'file:/a.parquet',
    ],
    ['a path of the log', addOf('_delta_log/00000000000000000009.json', 3), '0009.json'],
    ['a path with a control character', addOf('a%00.parquet', 3), 'control character'],
    ['a path of an unfinished file', addOf('.tmp-1.parquet', 3), '.tmp-'],
    [
      'an absolute path of change data',
      { cdc: { path: '/cdc.parquet', partitionValues: {}, size: 3 } },
      '/cdc.parquet',
    ],
    ['an absolute path of a vector', addOf('a.parquet', 3, { deletionVector: ABSOLUTE_VECTOR }), 'elsewhere/dv.bin'],
  ])('%s', async (_what, action, named) => {
    await expectRefused([[PLAIN, METADATA], [action]], 'TABLE_UNSUPPORTED', named)
  })

  test('a path out of the folder', async () => {
    await expectRefused([[PLAIN, METADATA], [addOf('../a.parquet', 3)]], 'TABLE_CORRUPT', '../a.parquet')
  })
})

test('a log without protocol or metaData is refused', async () => {
  await expectRefused([[METADATA]], 'TABLE_CORRUPT', 'no protocol')
  await expectRefused([[PLAIN]], 'TABLE_CORRUPT', 'no metaData')
})

test('features whose files are known are copied with their files', async () => {
  const vector = {
    storageType: 'u',
    pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^',
    offset: 1,
    sizeInBytes: 8,
    cardinality: 1,
  }
  const source = await foreignTable(
    [
      [withFeatures('deletionVectors', 'columnMapping', 'changeDataFeed', 'domainMetadata', 'rowTracking'), METADATA],
      [addOf('p=a%2520b/a.parquet', 100), { domainMetadata: { domain: 'delta.rowTracking', configuration: '{}' } }],
      [
        { remove: { path: 'p=a%2520b/a.parquet', dataChange: true } },
        addOf('p=a%2520b/a.parquet', 100, { deletionVector: vector }),
        { cdc: { path: '_change_data/c.parquet', partitionValues: {}, size: 20, dataChange: false } },
      ],
    ],
    {
      'p=a%20b/a.parquet': 100,
      'ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin': 50,
      '_change_data/c.parquet': 20,
      'unnamed.parquet': 5,
    },
  )
  const target = openMemoryStore()
  const outcome = await copy(source, target)
  const { 'unnamed.parquet': _unnamed, ...named } = await textsOf(source)
  expect(await textsOf(target)).toEqual(named)
  expect(outcome).toMatchObject({ files: 3, skippedFiles: 1, bytes: 170 })
})

test('change data whose length the log does not tell as a number is copied as it is', async () => {
  const cdc = { path: '_change_data/c.parquet', partitionValues: {}, size: 'long', dataChange: false }
  const source = await foreignTable([[PLAIN, METADATA], [{ cdc }]], { '_change_data/c.parquet': 20 })
  const target = openMemoryStore()
  expect(await copy(source, target)).toMatchObject({ files: 1, bytes: 20 })
  expect(await textsOf(target)).toEqual(await textsOf(source))
})
