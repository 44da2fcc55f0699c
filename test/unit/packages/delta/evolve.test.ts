import { describe, expect, test } from 'vitest'
import { commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { evolveSchema } from '#delta/evolve'
import { commitKey } from '#delta/log/listing'
import type { StructField } from '#delta/schema/schema'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { tableVersion } from '#runtime/units'
import { advanceOf, column, quotesTable, rowsFile, testContext } from '#support/delta/delta_table'

const schemaWith = (...fields: StructField[]) => ({
  ...quotesTable.schema,
  fields: [...quotesTable.schema.fields, ...fields],
})
const names = (snapshot: Snapshot | undefined) => snapshot?.schema.fields.map((field) => field.name)

async function quotes(): Promise<{ store: ObjectStore; snapshot: Snapshot }> {
  const store = openMemoryStore()
  return { store, snapshot: await createTable(store, quotesTable, testContext()) }
}

test('new nullable columns are added behind the others by one commit of metaData alone', async () => {
  const { store, snapshot } = await quotes()
  const wanted = schemaWith(column('venue', 'string'), column('fee', 'decimal(10,2)'))
  const outcome = await evolveSchema(store, snapshot, wanted, testContext('e'))
  expect(outcome).toMatchObject({ kind: 'fits', added: ['venue', 'fee'] })
  expect(names(outcome.snapshot)).toEqual(['symbol', 'offset', 'date', 'venue', 'fee'])
  expect(await loadSnapshot(store)).toEqual(outcome.snapshot)
  const lines = new TextDecoder()
    .decode(await store.get(commitKey(tableVersion(1))))
    .trimEnd()
    .split('\n')
  const [info, metaData, ...more] = lines.map((line) => JSON.parse(line))
  expect(more).toEqual([])
  expect(info.commitInfo).toMatchObject({ operation: 'ADD COLUMNS', readVersion: 0, isBlindAppend: false })
  expect(metaData.metaData).toMatchObject({ id: snapshot.metadata.id, partitionColumns: ['date'] })
})

test('what fits already is left as it is, also when the table has more', async () => {
  const { store, snapshot } = await quotes()
  const evolved = await evolveSchema(store, snapshot, schemaWith(column('venue', 'string')), testContext('e'))
  expect(await evolveSchema(store, evolved.snapshot, quotesTable.schema, testContext('f'))).toMatchObject({
    kind: 'fits',
    added: [],
    snapshot: { version: 1 },
  })
})

test('a writer of before goes on, and a stale one that wants the same column finds it there', async () => {
  const { store, snapshot } = await quotes()
  const wanted = schemaWith(column('venue', 'string'))
  const outcomes = await Promise.all(['a', 'b'].map((name) => evolveSchema(store, snapshot, wanted, testContext(name))))
  expect(outcomes.map((outcome) => outcome.kind)).toEqual(['fits', 'fits'])
  expect((await loadSnapshot(store))?.version).toBe(1)
  const append = { files: [rowsFile('app', 0, 5)], txns: [advanceOf('app', null, 5)], operation: 'STREAMING UPDATE' }
  expect((await commitAppend(store, snapshot, append, testContext('w'))).kind).toBe('committed')
  expect(names(await loadSnapshot(store))).toContain('venue')
})

test('writers that add different columns at once get all of them', async () => {
  const { store, snapshot } = await quotes()
  const wanted = ['c1', 'c2', 'c3', 'c4']
  await Promise.all(
    wanted.map((name) => evolveSchema(store, snapshot, schemaWith(column(name, 'long')), testContext(name))),
  )
  expect(
    names(await loadSnapshot(store))
      ?.slice(3)
      .sort(),
  ).toEqual(wanted)
})

describe('what is refused, with what to do', () => {
  const [symbol, offset, date] = quotesTable.schema.fields as [StructField, StructField, StructField]
  test.each<[string, StructField[], RegExp]>([
    ['a required column', [...quotesTable.schema.fields, column('x', 'long', { nullable: false })], /make it nullable/],
    ['another type', [symbol, { ...offset, type: 'string' }, date], /column offset is long, not string/],
    ['a name that differs in case only', [...quotesTable.schema.fields, column('Symbol', 'string')], /call it symbol/],
    ['an awkward name', [...quotesTable.schema.fields, column('a b', 'string')], /use letters/],
    ['a type that is a feature', [...quotesTable.schema.fields, column('t', 'timestamp_ntz')], /use timestamp/],
    [
      'a column with rules',
      [...quotesTable.schema.fields, column('r', 'long', { metadata: { 'delta.invariants': '{}' } })],
      /add it without/,
    ],
  ])('%s', async (_what, fields, reason) => {
    const { store, snapshot } = await quotes()
    const outcome = await evolveSchema(store, snapshot, { type: 'struct', fields }, testContext('e'))
    expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringMatching(reason) })
    expect((await loadSnapshot(store))?.version).toBe(0)
  })
})

test('creating a table that is there adds what its definition has more', async () => {
  const { store } = await quotes()
  const definition = { ...quotesTable, schema: schemaWith(column('venue', 'string')) }
  const snapshot = await createTable(store, definition, testContext('later'))
  expect(names(snapshot)).toEqual(['symbol', 'offset', 'date', 'venue'])
  expect(snapshot.version).toBe(1)
})
