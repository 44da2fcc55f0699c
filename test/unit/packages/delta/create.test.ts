import { describe, expect, test } from 'vitest'
import { createTable, type TableDefinition } from '#delta/create'
import { commitKey } from '#delta/log/listing'
import { stringifySchema } from '#delta/schema/schema'
import { loadSnapshot } from '#delta/snapshot'
import { tableVersion } from '#runtime/units'
import { column, entry, quotesTable, TEST_START, testContext } from '#support/delta/delta_table'
import { faultyStore } from '#support/stores/faulty_store'
import { tinyStore } from '#support/stores/tiny_store'

const firstKey = commitKey(tableVersion(0))

describe('a new table', () => {
  test('is version 0 with commitInfo first, the plain protocol and the metaData', async () => {
    const store = tinyStore()
    const snapshot = await createTable(
      store,
      { ...quotesTable, configuration: { 'delta.appendOnly': 'true' } },
      testContext(),
    )
    const lines = Buffer.from(store.objects.get(firstKey) ?? [])
      .toString()
      .trim()
      .split('\n')
    expect(lines.map((line) => Object.keys(JSON.parse(line))[0])).toEqual(['commitInfo', 'protocol', 'metaData'])
    expect(snapshot).toMatchObject({
      version: 0,
      timestamp: TEST_START,
      protocol: { minReaderVersion: 1, minWriterVersion: 2 },
      metadata: { name: 'quotes', partitionColumns: ['date'], configuration: { 'delta.appendOnly': 'true' } },
      schema: quotesTable.schema,
    })
    expect(await loadSnapshot(store)).toEqual(snapshot)
  })

  test('is created once by sixteen at once', async () => {
    const store = tinyStore()
    const creators = Array.from({ length: 16 }, (_, index) =>
      createTable(store, quotesTable, testContext(`creator${index}`)),
    )
    const ids = (await Promise.all(creators)).map((snapshot) => snapshot.metadata.id)
    expect(new Set(ids).size).toBe(1)
    expect([...store.objects.keys()]).toEqual([firstKey])
  })

  test.each(['lost_after', 'lost_before', 'own_exists'] as const)('stands after an answer was %s', async (fault) => {
    const store = tinyStore()
    const faults = [fault]
    const faulty = faultyStore(store, { put: () => faults.shift() ?? 'none' })
    const snapshot = await createTable(faulty, quotesTable, testContext())
    expect(await loadSnapshot(store)).toEqual(snapshot)
  })
})

describe('a table that exists', () => {
  async function existing(change: object = {}) {
    const store = tinyStore()
    const { metadata, protocol } = await createTable(store, quotesTable, testContext())
    store.objects.set(commitKey(tableVersion(1)), entry({ protocol }, { metaData: { ...metadata, ...change } }))
    return store
  }
  const schemaOf = (...fields: TableDefinition['schema']['fields']) => ({
    schemaString: stringifySchema({ type: 'struct', fields: [...quotesTable.schema.fields.slice(0, -1), ...fields] }),
  })
  const conflict = (reason: string) =>
    expect.objectContaining({ code: 'TABLE_CONFLICT', message: expect.stringContaining(reason) })

  test('is taken when it fits, also with more columns', async () => {
    const store = await existing(schemaOf(column('date', 'date'), column('more', 'string')))
    expect((await createTable(store, quotesTable, testContext())).version).toBe(1)
  })

  test.each([
    ['a column is of another type', schemaOf(column('date', 'string')), 'column date is string, not date'],
    ['its partition column is missing', schemaOf(), 'column date is missing'],
    ['it is partitioned otherwise', { partitionColumns: [] }, 'partitioned by (), not by (date)'],
  ])('is a conflict when %s', async (_what, change, reason) => {
    await expect(createTable(await existing(change), quotesTable, testContext())).rejects.toThrow(conflict(reason))
  })

  test('is refused when we cannot write it', async () => {
    const store = await existing({ configuration: { 'delta.constraints.c': 'x' } })
    const refusal = expect.objectContaining({ code: 'TABLE_UNSUPPORTED' })
    await expect(createTable(store, quotesTable, testContext())).rejects.toThrow(refusal)
  })
})

test.each<[string, Partial<TableDefinition>]>([
  [
    'two columns share a name',
    { schema: { type: 'struct', fields: [column('date', 'date'), column('DATE', 'date')] } },
  ],
  ['cannot be named', { schema: { type: 'struct', fields: [column('a b', 'date'), column('date', 'date')] } }],
  ['not a column', { partitionColumns: ['nope'] }],
  ['not a partition column', { schema: { type: 'struct', fields: [column('date', 'date')] } }],
  ['use timestamp', { schema: { type: 'struct', fields: [column('t', 'timestamp_ntz'), column('date', 'date')] } }],
])('a definition is a bug when %s', async (message, change) => {
  await expect(createTable(tinyStore(), { ...quotesTable, ...change }, testContext())).rejects.toThrow(message)
})
