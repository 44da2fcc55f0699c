import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, onTestFinished, test } from 'vitest'
import { copyToParquet } from '#duckdb/parquet_copy'
import { temporaryFolder } from '#support/temporary_folder'

async function copyTo(file: string, rows: number) {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  onTestFinished(() => instance.closeSync())
  return copyToParquet(await instance.connect(), {
    rows: `SELECT range AS n FROM range(${rows})`,
    file,
    table: 'stocks',
  })
}

test('a copy is a file of the rows, and no copy when there are none', async () => {
  const file = join(temporaryFolder(), 'out.parquet')
  const copy = await copyTo(file, 5)
  expect(copy?.statistics).toEqual({ numRecords: 5, columns: new Map([['n', { nullCount: 0, min: '0', max: '4' }]]) })
  expect(await copyTo(file, 0)).toBe(null)
  expect(existsSync(file)).toBe(false)
})

test.skipIf(!existsSync('/dev/full'))(
  'no space for the temporary file is STORE_FULL, and says which file',
  async () => {
    const failure = { code: 'STORE_FULL', message: expect.stringContaining('/dev/full') }
    await expect(copyTo('/dev/full', 10)).rejects.toMatchObject(failure)
  },
)

test('a temporary folder that is gone is STORE_FAILED', async () => {
  const file = join(temporaryFolder(), 'gone', 'out.parquet')
  await expect(copyTo(file, 1)).rejects.toMatchObject({ code: 'STORE_FAILED' })
})
