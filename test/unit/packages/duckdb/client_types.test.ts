// Delta's types as DuckDB's client has them.

import { expect, test } from 'vitest'
import { clientType } from '#duckdb/client_types'
import { openDuckdb } from '#duckdb/open'
import { requiredDuckdbType } from '#duckdb/types'
import { schemaOf, TABLES } from '#lake/tables'
import { temporaryFolder } from '#support/temporary_folder'

test('every column of a table of ours has the same type by name and by object', async () => {
  const names = TABLES.flatMap((spec) => schemaOf(spec).fields.map(({ type }) => String(type)))
  const instance = await openDuckdb({ memoryBytes: 64 * 2 ** 20, threads: 1, tempFolder: temporaryFolder() })
  const connection = await instance.connect()
  for (const name of new Set(names)) {
    const result = await connection.runAndReadAll(`SELECT NULL::${requiredDuckdbType(name)} AS value`)
    expect(String(clientType(name))).toBe(String(result.columnType(0)))
  }
  instance.closeSync()
})

test('a type that no column of ours has is refused', () => {
  for (const type of ['timestamp_ntz', 'variant', 'toString']) {
    expect(() => clientType(type)).toThrow(`columns of the type ${type} cannot be appended`)
  }
})
