// Polars, ClickHouse and delta-rs on tables that the platform wrote, in a folder, on S3 and on Azure: the types of
// every column, and every value of every row as we read it.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DataType, StructField } from '#delta/schema/schema'
import { enableInCommitTimestamps } from '#delta/upgrade'
import { liveTablesOf, schemaOf, TABLES } from '#lake/tables'
import { BAR_INTERVAL_DEFAULT_MS } from '#market/interval'
import { openAzureStore } from '#object-store/azure/azure_store'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { openS3Store } from '#object-store/s3/s3_store'
import { testContext } from '#support/delta/delta_table'
import type { AzureAddress, S3Address } from '#support/services/addresses'
import { describeWithStores, uniqueName } from '#support/services/services'
import { temporaryFolder } from '#support/temporary_folder'
import { difference } from './agreement.ts'
import {
  aggregates,
  allRows,
  clickhouseDialect,
  type Dialect,
  datafusionDialect,
  polarsDialect,
  type Row,
  sums,
} from './dialect.ts'
import type { EngineProcess } from './engine_process.ts'
import { landHistory } from './history.ts'
import { drain, snapshotAt, tablePath } from './lake.ts'
import { ourEngine } from './our_engine.ts'
import { describeWithReaders } from './readers.ts'
import { recording } from './recording.ts'
import { landTradedLake } from './traded_lake.ts'

/** What each engine calls the types of our columns: a timestamp is an instant, which only ClickHouse does not say. */
const READERS: readonly Reader[] = [
  {
    name: 'Polars',
    dialect: polarsDialect,
    types: {
      string: 'String',
      double: 'Float64',
      long: 'Int64',
      integer: 'Int32',
      boolean: 'Boolean',
      binary: 'Binary',
      date: 'Date',
      timestamp: "Datetime(time_unit='us', time_zone='UTC')",
    },
    typeOf: (type) => type,
  },
  {
    name: 'ClickHouse',
    dialect: clickhouseDialect,
    types: {
      string: 'String',
      double: 'Float64',
      long: 'Int64',
      integer: 'Int32',
      boolean: 'Bool',
      binary: 'String',
      date: 'Date32',
      timestamp: 'DateTime64(6)',
    },
    typeOf: (type, { nullable }) => (nullable ? `Nullable(${type})` : type),
  },
  {
    name: 'delta-rs',
    dialect: datafusionDialect,
    types: {
      string: 'string',
      double: 'double',
      long: 'int64',
      integer: 'int32',
      boolean: 'bool',
      binary: 'binary',
      date: 'date32[day]',
      timestamp: 'timestamp[us, tz=UTC]',
    },
    typeOf: (type) => type,
  },
]

interface Reader {
  readonly name: string
  readonly dialect: Dialect
  readonly types: Readonly<Record<string, string>>
  typeOf(type: string, field: StructField): string
}

/** What sums may differ by, as a part of them: engines add in orders of their own. */
const SUM_TOLERANCE = 1e-12

/** What readers.py is asked about: a table, where our own reader finds the same one, and its store's settings. */
interface AskedTable {
  readonly name: string
  readonly path: string
  readonly ours: string
  readonly store: Readonly<Record<string, string>>
}

const specOf = (name: string) => {
  const spec = TABLES.find((one) => one.name === name)
  if (spec === undefined) throw new Error(`there is no table ${name}`)
  return schemaOf(spec)
}

async function expectSameRows(readers: EngineProcess, { name, path, ours, store }: AskedTable): Promise<void> {
  const schema = specOf(name)
  for (const question of [allRows, aggregates]) {
    const rows = textsOf(await ourEngine.query(ours, question(schema, ourEngine.dialect)))
    expect(rows.length).toBeGreaterThan(0)
    for (const reader of READERS) {
      const theirs = await ask(readers, reader, { path, store, sql: question(schema, reader.dialect) })
      expect(difference(rows, textsOf(theirs)), `${reader.name}: ${path}`).toEqual([])
    }
  }
}

async function expectSameSums(readers: EngineProcess, { name, path, ours, store }: AskedTable): Promise<void> {
  const schema = specOf(name)
  const [sum = []] = await ourEngine.query(ours, sums(schema, ourEngine.dialect))
  for (const reader of READERS) {
    const [theirs = []] = await ask(readers, reader, { path, store, sql: sums(schema, reader.dialect) })
    const far = sum.map((value, i) => [value, theirs[i]]).filter(([a, b]) => !isClose(Number(a), Number(b)))
    expect(far, `${reader.name}: ${path}`).toEqual([])
  }
}

function isClose(ours: number, theirs: number): boolean {
  return Math.abs(ours - theirs) <= SUM_TOLERANCE * Math.abs(ours)
}

async function ask(
  readers: EngineProcess,
  { name }: Reader,
  { path, store, sql }: { readonly path: string; readonly store: object; readonly sql: string },
): Promise<readonly Row[]> {
  const answer = await readers.ask('query', { engine: name, path, store: JSON.stringify(store), sql })
  return answer as Row[]
}

const textsOf = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(row))

describeWithReaders('other readers of a folder', (readers) => {
  test('read every type as what it is, and every row of all tables of a lake', async () => {
    const folder = temporaryFolder()
    await landTradedLake(folder, 700)
    for (const { name } of TABLES) {
      const path = tablePath(folder, name)
      for (const reader of READERS) {
        const expected = specOf(name).fields.map((field) => [field.name, typeIn(reader, field)])
        expect(await readers().ask('types', { engine: reader.name, path }), `${reader.name}: ${name}`).toEqual(expected)
      }
      const table = { name, path, ours: path, store: {} }
      await expectSameRows(readers(), table)
      await expectSameSums(readers(), table)
    }
  })

  test('read every row of quotes that tables have a hard time with', async () => {
    const folder = temporaryFolder()
    await drain(folder, recording(0, 2000), 100)
    for (const { name } of liveTablesOf([BAR_INTERVAL_DEFAULT_MS])) {
      const path = tablePath(folder, name)
      await expectSameRows(readers(), { name, path, ours: path, store: {} })
    }
  })

  test('read every row of a table with in-commit timestamps, from before its upgrade and after', async () => {
    const folder = temporaryFolder()
    await landHistory(folder, 60)
    const name = 'history_bars'
    const path = tablePath(folder, name)
    const before = await snapshotAt(path)
    await enableInCommitTimestamps(openFilesystemStore({ root: path }), before, testContext('upgrade'))
    await landHistory(folder, 60)
    const { protocol, version } = await snapshotAt(path)
    expect(protocol).toMatchObject({ minReaderVersion: 1, minWriterVersion: 7 })
    expect(version).toBeGreaterThan(before.version + 1)
    await expectSameRows(readers(), { name, path, ours: path, store: {} })
  })
})

function typeIn({ types, typeOf }: Reader, field: StructField): string {
  return typeOf(types[field.type as Extract<DataType, string>] ?? 'unknown', field)
}

describeWithStores('other readers of a store', ({ s3, azure }) => {
  describeWithReaders('on S3 and on Azure', (readers) => {
    test.each([
      ['S3', () => bucketOf(s3)],
      ['Azure', () => containerOf(azure)],
    ])('count and add up all tables of a lake on %s as we do', async (_, placeOf) => {
      const folder = temporaryFolder()
      await landTradedLake(folder, 700)
      const { target, store } = await placeOf()
      const lake = openFilesystemStore({ root: join(folder, 'lake', 'bronze') })
      for await (const { key } of lake.list('')) await target.put(key, (await lake.get(key)) ?? new Uint8Array())
      for (const { name } of TABLES) {
        const ours = tablePath(folder, name)
        await expectSameSums(readers(), { name, path: `${target.url}/${name}`, ours, store })
      }
    })
  })
})

/** A place for a lake, and how delta-rs and Polars get there: in the names of object_store, in which they read. */
interface StorePlace {
  readonly target: ObjectStore
  readonly store: Readonly<Record<string, string>>
}

async function bucketOf(s3: S3Address): Promise<StorePlace> {
  const target = openS3Store({ url: `s3://${uniqueName('readers')}/bronze`, ...s3 })
  await target.createBucket()
  const store = {
    AWS_ENDPOINT_URL: s3.endpoint,
    AWS_ALLOW_HTTP: 'true',
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_REGION: s3.region,
  }
  return { target, store }
}

async function containerOf(azure: AzureAddress): Promise<StorePlace> {
  const url = `abfss://${uniqueName('readers')}@${azure.account}.dfs.core.windows.net/bronze`
  const target = await openAzureStore({ ...azure, url })
  await target.createContainer()
  const store = {
    AZURE_STORAGE_ACCOUNT_NAME: azure.account,
    AZURE_STORAGE_ACCOUNT_KEY: azure.key,
    AZURE_STORAGE_ENDPOINT: azure.endpoint,
    AZURE_ALLOW_HTTP: 'true',
  }
  return { target, store }
}
