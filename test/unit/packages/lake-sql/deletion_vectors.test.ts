// Tables with deletion vectors through the sandbox: the rows that are left, whatever is asked of them.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rowsIn } from '#delta/data_file/statistics'
import { loadSnapshot } from '#delta/snapshot'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { addRows, queryForeign, writeEntry, writeForeignLog } from '#support/delta/foreign_table'
import { encodeRows, encodeZ85, vectorFile } from '#support/delta/roaring_encoder'
import { temporaryFolder } from '#support/temporary_folder'

const features = ['deletionVectors']
const protocol = { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: features, writerFeatures: features }
const field = (name: string, type: string) => ({ name, type, nullable: true, metadata: {} })
const schema = { type: 'struct', fields: [field('n', 'long'), field('filename', 'string'), field('day', 'date')] }
const ROWS = 150_000

/** Rows 0 to ROWS - 1 as `n`, in row groups of 20,000. */
const rowsOf = (from: number) => `SELECT ${from} + i AS n, 'row ' || i AS filename FROM range(${ROWS}) r(i)`
const options = ', ROW_GROUP_SIZE 20480'
const stats = (from: number) =>
  JSON.stringify({
    numRecords: ROWS,
    minValues: { n: from },
    maxValues: { n: from + ROWS - 1 },
    nullCount: { n: 0 },
    tightBounds: false,
  })

const inline = (rows: readonly number[]) => {
  const bytes = encodeRows(rows)
  return { storageType: 'i', pathOrInlineDv: encodeZ85(bytes), sizeInBytes: bytes.length, cardinality: rows.length }
}

/** Two files in two partitions, the first one with a vector, and a third without one. */
async function tableWith(vector: object): Promise<string> {
  const folder = temporaryFolder()
  const file = async (path: string, from: number, day: string, more: object = {}) =>
    addRows(folder, {
      path,
      rows: rowsOf(from),
      options,
      more: { partitionValues: { day }, stats: stats(from), ...more },
    })
  const actions = [
    await file('a.parquet', 0, '2026-11-20', { deletionVector: vector }),
    await file('b.parquet', ROWS, '2026-11-20'),
    await file('c.parquet', 2 * ROWS, '2026-11-21', { deletionVector: inline([0, ROWS - 1]) }),
  ]
  writeForeignLog(folder, { schema, protocol, partitionColumns: ['day'], actions })
  return folder
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

const DELETED = [...range(0, 3), ...range(20_470, 20_490), 65_535, 65_536, ...range(100_000, 120_000), ROWS - 1]

describe('rows that a vector deletes are gone', () => {
  test('from every query of the table, also where filters skip row groups', async () => {
    const folder = await tableWith(inline(DELETED))
    const { rows } = await queryForeign(
      folder,
      `SELECT count(*) FROM t;
      SELECT day, count(*), min(n), max(n) FROM t GROUP BY day ORDER BY day;
      SELECT count(*), min(n), max(n) FROM t WHERE n BETWEEN 99999 AND 120000;
      SELECT n FROM t WHERE n < 10 ORDER BY n LIMIT 2;
      SELECT n, filename FROM t WHERE n IN (65534, 65535, 65536, 65537, ${2 * ROWS}) ORDER BY n;
      SELECT count(*) FROM t a JOIN t b USING (n) WHERE a.n < ${ROWS};
      SELECT max(n) FROM t WHERE day = DATE '2026-11-20' AND n < ${ROWS}`,
    )
    const left = ROWS - DELETED.length
    expect(rows).toEqual([
      [[String(left + ROWS + ROWS - 2)]],
      [
        ['2026-11-20', String(left + ROWS), '3', String(2 * ROWS - 1)],
        ['2026-11-21', String(ROWS - 2), String(2 * ROWS + 1), String(3 * ROWS - 2)],
      ],
      [['2', '99999', '120000']],
      [['3'], ['4']],
      [
        ['65534', 'row 65534'],
        ['65537', 'row 65537'],
      ],
      [[String(left)]],
      [[String(ROWS - 2)]],
    ])
  })

  test('whatever they are', async () => {
    const chosen = fc.tuple(
      fc.uniqueArray(fc.nat(ROWS - 1), { maxLength: 300 }),
      fc.tuple(fc.nat(ROWS - 1), fc.nat(70_000)).map(([from, size]) => range(from, Math.min(ROWS, from + size))),
    )
    await fc.assert(
      fc.asyncProperty(chosen, fc.nat(ROWS), async ([single, run], from) => {
        const deleted = new Set([...single, ...run])
        const folder = await tableWith(inline([...deleted]))
        const { rows } = await queryForeign(folder, `SELECT count(*), sum(n) FROM t WHERE n < ${ROWS} AND n >= ${from}`)
        const left = range(from, ROWS).filter((n) => !deleted.has(n))
        const sum = left.reduce((total, n) => total + n, 0)
        expect(rows[0]?.[0]).toEqual([String(left.length), left.length === 0 ? null : String(sum)])
      }),
      { numRuns: 6 },
    )
  })

  test('when every row of a file is', async () => {
    const { rows } = await queryForeign(await tableWith(inline(range(0, ROWS))), 'SELECT count(*) FROM t')
    expect(rows).toEqual([[[String(2 * ROWS - 2)]]])
  })

  test('by a file in a folder of the table that holds several vectors', async () => {
    const vectors = [encodeRows([7]), encodeRows(DELETED)]
    const { file, offsets } = vectorFile(vectors)
    const stored = { storageType: 'u', pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^', offset: offsets[1] }
    const vector = { ...stored, sizeInBytes: vectors[1]?.length, cardinality: DELETED.length }
    const folder = await tableWith(vector)
    const count = () => queryForeign(folder, `SELECT count(*) FROM t WHERE n < ${ROWS}`)
    await expect(count()).rejects.toThrow(/names the deletion vector ab\/deletion_vector_d2c639aa.*is not there/)
    mkdirSync(join(folder, 'ab'))
    const path = join(folder, 'ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin')
    writeFileSync(path, file)
    expect((await count()).rows).toEqual([[[String(ROWS - DELETED.length)]]])
    writeFileSync(path, file.fill(9, offsets[1]))
    await expect(count()).rejects.toMatchObject({ code: 'TABLE_CORRUPT' })
  })
})

test('a vector that deletes other than the log says is an error, and not fewer rows', async () => {
  const folder = await tableWith({ ...inline([1, 2, 3]), cardinality: 2 })
  const query = queryForeign(folder, 'SELECT count(*) FROM t')
  await expect(query).rejects.toMatchObject({ code: 'TABLE_CORRUPT', message: expect.stringContaining('not the 2') })
})

test('vectors that are too large together are refused before they are read', async () => {
  const folder = await tableWith({ ...inline([1]), sizeInBytes: 2 ** 30 })
  const query = queryForeign(folder, 'SELECT count(*) FROM t')
  await expect(query).rejects.toMatchObject({ code: 'SQL_LIMIT', message: expect.stringContaining('REORG TABLE') })
})

test('a file with another vector is another file: what was removed is the former one', async () => {
  const folder = await tableWith(inline([0]))
  const path = 'a.parquet'
  const snapshot = await loadSnapshot(openFilesystemStore({ root: folder }))
  const [before] = [...(snapshot?.files.values() ?? [])].filter((file) => file.path === path)
  writeEntry(folder, 1, [
    { remove: { ...before, deletionTimestamp: 1 } },
    { add: { ...before, deletionVector: inline([0, 1]) } },
  ])
  // In whatever order: the removes of a commit are not of its own adds.
  writeEntry(folder, 2, [
    { add: { ...before, deletionVector: inline([0, 1, 2]) } },
    { remove: { ...before, deletionVector: inline([0, 1]), deletionTimestamp: 1 } },
  ])
  // Of a file that is in the table no more by that name.
  writeEntry(folder, 3, [{ remove: { ...before, deletionTimestamp: 1 } }])
  const after = await loadSnapshot(openFilesystemStore({ root: folder }))
  expect(rowsIn([...(after?.files.values() ?? [])])).toBe(3 * ROWS - 3 - 2)
  const { rows } = await queryForeign(folder, `SELECT min(n), count(*) FROM t WHERE n < ${ROWS}`)
  expect(rows).toEqual([[['3', String(ROWS - 3)]]])
})
