// Rows that are kept from read to read are those of the files, whatever comes and goes.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { expect, onTestFinished, test } from 'vitest'
import { READER_KEPT_ROWS_MAX } from '#lake-sql/limits'
import type { LocalTable } from '#lake-sql/local_table'
import { KeptRows } from '#lake-sql/reader/kept_rows'
import { temporaryFolder } from '#support/temporary_folder'

async function openDatabase() {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  onTestFinished(() => {
    connection.closeSync()
    instance.closeSync()
  })
  return connection
}

/** A file of the numbers [from, to), with a text. */
async function fileOf(connection: DuckDBConnection, folder: string, [from, to]: readonly [number, number]) {
  const file = join(folder, `${from}-${to}'s.parquet`)
  const text = `CASE WHEN n % 3 > 0 THEN 'text ' || n END AS "a ""text"""`
  const rows = `SELECT n::BIGINT AS n, ${text} FROM range(${from}, ${to}) t(n)`
  await connection.run(`COPY (${rows}) TO '${file.replaceAll("'", "''")}' (FORMAT parquet)`)
  return file
}

function tableOf(groups: Readonly<Record<string, readonly string[]>>, small: readonly string[]): LocalTable {
  return {
    name: 'numbers',
    columns: [
      { name: 'n', type: 'BIGINT' },
      { name: 'a "text"', type: 'VARCHAR' },
      { name: 'date', type: 'DATE' },
    ],
    partitionColumns: ['date'],
    content: Object.entries(groups).map(([date, files]) => ({ partitionValues: { date }, files })),
    small,
  }
}

async function read(connection: DuckDBConnection, kept: KeptRows, table: LocalTable): Promise<unknown> {
  await kept.load(table)
  await connection.run('BEGIN')
  try {
    await kept.createView(table)
    const sql = `SELECT date::VARCHAR, count(*)::INTEGER, sum(n)::DOUBLE, count("a ""text""")::INTEGER FROM numbers
      GROUP BY date ORDER BY date`
    return (await connection.runAndReadAll(sql)).getRows()
  } finally {
    await connection.run('ROLLBACK')
  }
}

const DAYS = ['2026-11-20', '2026-11-21'] as const

test('a read has the rows of its files, kept or not, each with its date', async () => {
  const connection = await openDatabase()
  const [folder, kept] = [temporaryFolder(), new KeptRows(connection)]
  const [a, b, c, d] = await Promise.all(
    (
      [
        [0, 10],
        [10, 20],
        [20, 30],
        [30, 40],
      ] as const
    ).map((range) => fileOf(connection, folder, range)),
  )
  const files = { [DAYS[0]]: [a, b], [DAYS[1]]: [c, d] } as Record<string, string[]>
  const expected = [
    [DAYS[0], 20, 190, 13],
    [DAYS[1], 20, 590, 13],
  ]
  for (const small of [[], [a, c], [a, b, c, d], [b, c]] as string[][]) {
    expect(await read(connection, kept, tableOf(files, small))).toEqual(expected)
  }
  // Another version has other files, some of them kept.
  expect(await read(connection, kept, tableOf({ [DAYS[1]]: [c] as string[] }, [c as string]))).toEqual([
    [DAYS[1], 10, 245, 7],
  ])
  expect(await read(connection, kept, tableOf({}, []))).toEqual([])
})

test('a file that was kept is not opened again', async () => {
  const connection = await openDatabase()
  const [folder, kept] = [temporaryFolder(), new KeptRows(connection)]
  const file = await fileOf(connection, folder, [0, 10])
  const table = tableOf({ [DAYS[0]]: [file] }, [file])
  await read(connection, kept, table)
  rmSync(file)
  expect(await read(connection, kept, table)).toEqual([[DAYS[0], 10, 45, 6]])
})

test('what is kept is bounded: what was not used for long goes, and is read again when it is asked for', async () => {
  const connection = await openDatabase()
  const [folder, kept] = [temporaryFolder(), new KeptRows(connection)]
  const rows = READER_KEPT_ROWS_MAX / 2
  const held = async () => {
    const sql = "SELECT sum(estimated_size)::INTEGER FROM duckdb_tables() WHERE schema_name = 'kept'"
    return Number((await connection.runAndReadAll(sql)).getRows()[0]?.[0])
  }
  for (let i = 0; i < 7; i++) {
    const file = await fileOf(connection, folder, [i * rows, (i + 1) * rows])
    const found = await read(connection, kept, tableOf({ [DAYS[0]]: [file] }, [file]))
    expect(found).toEqual([[DAYS[0], rows, expect.any(Number), expect.any(Number)]])
    expect(await held()).toBeLessThanOrEqual(2 * READER_KEPT_ROWS_MAX)
  }
  const first = join(folder, `0-${rows}'s.parquet`)
  expect(await read(connection, kept, tableOf({ [DAYS[0]]: [first] }, [first]))).toEqual([
    [DAYS[0], rows, (rows * (rows - 1)) / 2, expect.any(Number)],
  ])
})

test('a table with another shape begins anew', async () => {
  const connection = await openDatabase()
  const [folder, kept] = [temporaryFolder(), new KeptRows(connection)]
  const file = await fileOf(connection, folder, [0, 10])
  const table = tableOf({ [DAYS[0]]: [file] }, [file])
  await read(connection, kept, table)
  const wider = { ...table, columns: [...table.columns, { name: 'more', type: 'DOUBLE' }] }
  expect(await read(connection, kept, wider)).toEqual([[DAYS[0], 10, 45, 6]])
})

/** The connection; its statement of that number fails, before or after it has done its work. */
function failingAt(connection: DuckDBConnection, number: number, when: 'before' | 'after'): DuckDBConnection {
  let count = 0
  const run = async (sql: string) => {
    const isIt = count++ === number
    if (isIt && when === 'before') throw new Error('interrupted')
    const result = await connection.run(sql)
    if (isIt) throw new Error('interrupted')
    return result
  }
  return new Proxy(connection, { get: (target, name) => (name === 'run' ? run : Reflect.get(target, name)) })
}

test.each(['before', 'after'] as const)('a load that is broken off %s any statement spoils nothing', async (when) => {
  const [connection, folder] = [await openDatabase(), temporaryFolder()]
  const max = READER_KEPT_ROWS_MAX
  const files = []
  for (const from of [0, max, 2 * max]) files.push(await fileOf(connection, folder, [from, from + max]))
  for (let number = 0; ; number++) {
    let broken: DuckDBConnection = connection
    const kept = new KeptRows(new Proxy(connection, { get: (_, name) => Reflect.get(broken, name).bind(broken) }))
    const tables = files.map((file) => tableOf({ '2026-11-20': [file] }, [file]))
    for (const table of tables.slice(0, 2)) await kept.load(table)
    broken = failingAt(connection, number, when)
    const isOver = await kept.load(tables[2] as LocalTable).then(
      () => true,
      () => false,
    )
    broken = connection
    for (const [i, table] of tables.entries()) {
      const sum = max * (i * max) + (max * (max - 1)) / 2
      expect(await read(connection, kept, table)).toMatchObject([['2026-11-20', max, sum, expect.any(Number)]])
    }
    await connection.run('DROP SCHEMA kept CASCADE')
    if (isOver) return
  }
})
