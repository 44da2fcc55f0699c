// Rows of a file by its footer alone: as DuckDB counts them, with one read or two, and an error for what is no end of
// a Parquet file.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parquetRowCount } from '#parquet-bytes/row_count'
import { query } from '#support/lake/lake_tables'
import { temporaryFolder } from '#support/temporary_folder'

type Range = { readonly offset: number; readonly length: number }

async function fileOf(rows: string, options = ''): Promise<Uint8Array> {
  const file = join(temporaryFolder(), 'x.parquet')
  await query(`COPY (${rows}) TO '${file}' (FORMAT parquet${options})`)
  return new Uint8Array(readFileSync(file))
}

/** The count, and which ranges were read for it. */
async function countOf(bytes: Uint8Array, size = bytes.length) {
  const reads: Range[] = []
  const read = async (range: Range) => {
    reads.push(range)
    return bytes.slice(range.offset, range.offset + range.length)
  }
  return { rows: await parquetRowCount({ size, read }), reads }
}

test('a file of several row groups is counted with one read of its end', async () => {
  const bytes = await fileOf('SELECT i, hash(i) AS h FROM range(200000) t(i)', ', ROW_GROUP_SIZE 2048')
  const { rows, reads } = await countOf(bytes)
  expect(rows).toBe(200_000)
  expect(reads).toEqual([{ offset: bytes.length - 65_536, length: 65_536 }])
})

test('a footer that is larger than the first read takes a second one', async () => {
  const columns = Array.from({ length: 900 }, (_, i) => `i AS "a column with a long name ${i}"`).join()
  const bytes = await fileOf(`SELECT ${columns} FROM range(7) t(i)`)
  const { rows, reads } = await countOf(bytes)
  expect(rows).toBe(7)
  expect(reads).toHaveLength(2)
})

test('a file without rows has none', async () => {
  expect((await countOf(await fileOf('SELECT 1 AS n LIMIT 0'))).rows).toBe(0)
})

test.each([
  ['nothing', new Uint8Array(0), 'it has only 0 bytes'],
  ['a text', new TextEncoder().encode('this is no Parquet file'), 'it does not end as a Parquet file does'],
  ['an encrypted footer', Uint8Array.from([1, 0, 0, 0, ...Buffer.from('PARE')]), 'its footer is encrypted'],
  ['a length beyond the file', Uint8Array.from([9, 0, 0, 0, ...Buffer.from('PAR1')]), 'its footer cannot have 9 bytes'],
  ['an empty footer', Uint8Array.from([0, 0, 0, 0, ...Buffer.from('PAR1')]), 'its footer is damaged'],
  ['no rows named', Uint8Array.from([0, 1, 0, 0, 0, ...Buffer.from('PAR1')]), 'does not say how many rows'],
])('is refused: %s', async (_, bytes, message) => {
  await expect(countOf(bytes)).rejects.toThrow(message)
})

test('a file that ends before its size is refused', async () => {
  const bytes = await fileOf('SELECT 1 AS n')
  await expect(countOf(bytes, bytes.length + 1)).rejects.toThrow(`it ends before byte ${bytes.length + 1}`)
})

test('a damaged footer ends in a count or an error, never in anything else', async () => {
  const bytes = await fileOf('SELECT i, i::TEXT AS t FROM range(100) t(i)')
  const damage = fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(damage, async (changes) => {
      const damaged = bytes.slice()
      for (const [fromEnd, value] of changes) damaged[bytes.length - 1 - fromEnd] = value
      const outcome = await countOf(damaged).catch((error) => error)
      if (!(outcome instanceof Error)) expect(Number.isSafeInteger(outcome.rows)).toBe(true)
    }),
    { numRuns: 500 },
  )
})
