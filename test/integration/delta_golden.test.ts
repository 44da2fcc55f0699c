// Tables of other writers: what our snapshot of them names, read by DuckDB, is what their makers expect, or we refuse
// them by name. Wrong rows are the one thing that may not happen. The tables: DELTA_GOLDEN_DIR.

import { existsSync, globSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, describe, expect, test } from 'vitest'
import { writeCheckpoint } from '#delta/checkpoint'
import { objectKeyOf } from '#delta/data_file/path'
import { partitionValue } from '#delta/schema/partition_value'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { quoteName, quoteText } from '#duckdb/quoting'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { steppingClock } from '#support/delta/delta_table'
import { tinyStore } from '#support/stores/tiny_store'

const folder = resolve(process.env.DELTA_GOLDEN_DIR ?? join(import.meta.dirname, '../../../shared/delta-golden'))
const tables = existsSync(folder) ? readdirSync(folder).filter((name) => name !== 'README.md') : []
if (tables.length === 0) process.stderr.write(`SKIPPED: no golden Delta tables at ${folder}; set DELTA_GOLDEN_DIR\n`)

/** Tables that we do not read, and what the refusal names. */
const REFUSED: Readonly<Record<string, readonly [code: string, named: string]>> = {
  'data-reader-absolute-paths-escaped-chars': ['TABLE_CORRUPT', 'no metaData'],
  'deltalog-commit-info': ['TABLE_CORRUPT', 'schemaString'],
  'deltalog-invalid-protocol-version': ['TABLE_UNSUPPORTED', 'reader version 99'],
  'deltalog-state-reconstruction-from-checkpoint-missing-metadata': ['TABLE_CORRUPT', 'schemaString'],
  'deltalog-state-reconstruction-without-protocol': ['TABLE_CORRUPT', 'no protocol'],
}

/** Tables whose rows only packages/lake-sql reads (sql_golden.test.ts), and what keeps us from writing to them. */
const NOT_WRITTEN: Readonly<Record<string, string>> = {
  'dv-with-columnmapping': 'deletionVectors',
  'table-with-columnmapping-mode-id': 'columnMapping',
}

/** Tables whose zone-less partition timestamps were written in another zone than UTC. */
const WRITER_ZONES: Readonly<Record<string, string>> = { 'data-reader-partition-values': 'America/Los_Angeles' }

/** Folders without a Delta log. */
const NO_TABLE = ['hive', 'no-delta-log-folder']

const PLAIN = tables.filter((name) => !(name in REFUSED) && !(name in NOT_WRITTEN) && !NO_TABLE.includes(name))

test.skipIf(tables.length > 0)('golden tables are at DELTA_GOLDEN_DIR', (context) => context.skip('there are none'))

describe.skipIf(tables.length === 0)('golden tables', () => {
  let connection: DuckDBConnection

  beforeAll(async () => {
    connection = await (await DuckDBInstance.create()).connect()
    await connection.run("SET TimeZone = 'UTC'")
  })

  const load = (name: string) => loadSnapshot(openFilesystemStore({ root: join(folder, name, 'delta') }))

  test.each(tables.filter((name) => name in REFUSED))('%s is refused by name', async (name) => {
    const [code, named] = REFUSED[name] ?? []
    await expect(load(name)).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(named ?? '') }),
    )
  })

  test.each(tables.filter((name) => NO_TABLE.includes(name)))('%s is no table', async (name) => {
    expect(await load(name)).toBeUndefined()
  })

  test.each(tables.filter((name) => name in NOT_WRITTEN))('%s is loaded, and not written to', async (name) => {
    const snapshot = await load(name)
    if (snapshot === undefined) throw new Error('there is no table')
    expect(snapshot.files.size).toBeGreaterThan(0)
    const named = { code: 'TABLE_UNSUPPORTED', message: expect.stringContaining(NOT_WRITTEN[name] ?? '') }
    await expect(writeCheckpoint(tinyStore(), snapshot, { clock: steppingClock() })).rejects.toMatchObject(named)
  })

  test.each(PLAIN)('%s is read right', async (name) => {
    const root = join(folder, name, 'delta')
    const snapshot = await load(name)
    if (snapshot === undefined) throw new Error('there is no table')
    expect(await differenceToExpected(name, { root, snapshot })).toEqual([])
  })

  test.each(['data-reader-escaped-chars', 'basic-with-inserts-updates'])(
    '%s is read right when its log names the files by absolute paths',
    async (name) => {
      const root = join(folder, name, 'delta')
      const store = withPaths(openFilesystemStore({ root }), (path) => `file://${root}/${path}`)
      const snapshot = await loadSnapshot(store)
      if (snapshot === undefined) throw new Error('there is no table')
      expect([...snapshot.files.values()].every((file) => file.path.startsWith('file:'))).toBe(true)
      expect(await differenceToExpected(name, { root, snapshot })).toEqual([])
    },
  )

  test.each(tables.filter((name) => name.startsWith('canonicalized-paths')))(
    '%s: what was added by one spelling and removed by another is gone',
    async (name) => expect((await load(name))?.files.size).toBe(0),
  )

  /** Rows that only the snapshot's files or only the golden rows have; none for a table without the latter. */
  async function differenceToExpected(name: string, { root, snapshot }: { root: string; snapshot: Snapshot }) {
    const expected = globSync(join(folder, name, 'expected', '**', '*.parquet'))
    if (expected.length === 0) return []
    const inFiles = await columnsOf(connection, filesOf(snapshot, root))
    const zone = WRITER_ZONES[name] ?? 'UTC'
    const ours = await rowsOf(connection, querySnapshot(snapshot, { root, inFiles, zone }))
    const columns = snapshot.schema.fields.map((field) => asText(quoteName(field.name), field.type))
    const theirs = await rowsOf(connection, `SELECT ${columns.join()} FROM ${scan(expected)}`)
    return difference(ours, theirs)
  }
})

/** Tables whose newest version stands in a checkpoint of their makers, or after one. */
const WITH_CHECKPOINT = tables.filter(
  (name) => !(name in REFUSED) && globSync(join(folder, name, 'delta/_delta_log/*.checkpoint.*')).length > 0,
)

describe.skipIf(tables.length === 0)('checkpoints of golden tables', () => {
  const open = (name: string) => openFilesystemStore({ root: join(folder, name, 'delta') })

  test('are of all kinds', () => {
    expect(WITH_CHECKPOINT).toEqual(
      expect.arrayContaining(['checkpoint', 'multi-part-checkpoint', 'v2-checkpoint-json']),
    )
  })

  test.each(WITH_CHECKPOINT)('%s: what its checkpoint says is what its entries say', async (name) => {
    const store = open(name)
    const byEntries = await loadSnapshot(without(store, (key) => key.includes('checkpoint')))
    const oldest = Math.min(...globSync(join(folder, name, 'delta/_delta_log/*.checkpoint.*')).map(versionOf))
    const isBefore = (key: string) => key.endsWith('.json') && versionOf(key) < oldest
    const byCheckpoint = await loadSnapshot(without(store, isBefore))
    expect(asState(byCheckpoint)).toEqual(asState(byEntries))
  })

  test.each(PLAIN)('%s: a checkpoint of ours says the same as its log', async (name) => {
    const store = open(name)
    const before = await loadSnapshot(store)
    if (before === undefined) throw new Error('there is no table')
    const written = tinyStore()
    await writeCheckpoint(written, before, { clock: steppingClock() })
    const entry = (await store.get(entryKey(before.version))) ?? new Uint8Array()
    written.objects.set(entryKey(before.version), entry)
    const { tombstones: _expired, timestamp: _unadjusted, ...after } = asState(await loadSnapshot(written))
    expect(asState(before)).toMatchObject(after)
    expect(after.files).toHaveLength(before.files.size)
  })
})

const versionOf = (path: string) => Number(/(\d{20})\./.exec(path)?.[1])
const entryKey = (version: number) => `_delta_log/${String(version).padStart(20, '0')}.json`

/** The store as if some objects were not there. */
function without(store: ObjectStore, isHidden: (key: string) => boolean): ObjectStore {
  return {
    ...store,
    get: async (key) => (isHidden(key) ? undefined : store.get(key)),
    async *list(prefix, startAfter) {
      for await (const info of store.list(prefix, startAfter)) if (!isHidden(info.key)) yield info
    },
  }
}

/** The store as if its log's entries spelled the paths in another way. */
function withPaths(store: ObjectStore, spelled: (path: string) => string): ObjectStore {
  const change = (_: string, path: string) => `"path":"${spelled(path)}"`
  return {
    ...store,
    get: async (key) => {
      const body = await store.get(key)
      if (body === undefined || !/^_delta_log\/\d+\.json$/.test(key)) return body
      return Buffer.from(
        Buffer.from(body)
          .toString()
          .replace(/"path":"([^"]*)"/g, change),
      )
    },
  }
}

/** Checkpoints hold no statistics of removed files, and say of no file that it changes data. */
function asState(snapshot: Snapshot | undefined) {
  if (snapshot === undefined) throw new Error('there is no table')
  const state = <File extends object>(files: Iterable<File>) =>
    Array.from(files, (file) => ({ ...file, dataChange: false })).sort((a, b) =>
      JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
    )
  return { ...snapshot, files: state(snapshot.files.values()), tombstones: state(snapshot.tombstones.values()) }
}

const text = (value: string | null) => (value === null ? 'NULL' : quoteText(value))
const scan = (files: readonly string[]) =>
  `read_parquet([${files.map(text).join()}], union_by_name = true, filename = true)`

function filesOf(snapshot: Snapshot, root: string): string[] {
  return Array.from(snapshot.files.keys(), (path) => join(root, objectKeyOf(path, root)))
}

async function columnsOf(connection: DuckDBConnection, files: readonly string[]): Promise<ReadonlySet<string>> {
  if (files.length === 0) return new Set()
  const reader = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${scan(files)}`)
  return new Set(reader.getColumns()[0] as string[])
}

/** All rows as text: data columns from the files, partition columns from the log, missing ones null. */
function querySnapshot(
  snapshot: Snapshot,
  { root, inFiles, zone }: { root: string; inFiles: ReadonlySet<string>; zone: string },
): string {
  const files = filesOf(snapshot, root)
  if (files.length === 0) return 'SELECT NULL WHERE false'
  const partitions = snapshot.metadata.partitionColumns
  const columns = snapshot.schema.fields.map(({ name, type }) => {
    if (partitions.includes(name)) return partitionText(`p.${quoteName(name)}`, type, zone)
    return inFiles.has(name) ? asText(`f.${quoteName(name)}`, type) : 'NULL'
  })
  const values = Array.from(snapshot.files.values(), (file, index) => {
    const ours = partitions.map((name) => text(partitionValue(file, name)))
    return `(${[text(files[index] ?? ''), ...ours].join()})`
  })
  const names = ['filename', ...partitions.map(quoteName)].join()
  return `SELECT ${columns.join()} FROM ${scan(files)} f JOIN (VALUES ${values.join()}) p(${names}) USING (filename)`
}

function partitionText(value: string, type: unknown, zone: string): string {
  if (type === 'timestamp') return `timezone(${text(zone)}, ${value}::TIMESTAMP)::VARCHAR`
  return `${value}::${sqlType(type)}::VARCHAR`
}

/** The value as text; a moment as one, whether its file calls it zoned or not. */
function asText(value: string, type: unknown): string {
  return type === 'timestamp' ? `${value}::TIMESTAMPTZ::VARCHAR` : `${value}::VARCHAR`
}

/** The first rows that only one side has, as multisets. */
function difference(ours: readonly string[], theirs: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const row of ours) counts.set(row, (counts.get(row) ?? 0) + 1)
  for (const row of theirs) counts.set(row, (counts.get(row) ?? 0) - 1)
  const uneven = Array.from(counts).filter(([, count]) => count !== 0)
  return uneven.slice(0, 6).map(([row, count]) => `${count > 0 ? 'ours' : 'theirs'}: ${row}`)
}

function sqlType(type: unknown): string {
  const names: Record<string, string> = {
    long: 'BIGINT',
    short: 'SMALLINT',
    byte: 'TINYINT',
    string: 'VARCHAR',
    binary: 'BLOB',
  }
  if (type === 'timestamp_ntz') return 'TIMESTAMP'
  return names[String(type)] ?? String(type)
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(sql)
  return reader.getRowsJson().map((row) => JSON.stringify(row))
}
