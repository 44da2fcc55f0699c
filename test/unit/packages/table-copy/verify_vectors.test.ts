// Deletion vectors in a copy: their files are there and whole, and delete as many rows as the log says.

import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { testContext } from '#support/delta/delta_table'
import { VECTOR_KEY, VECTOR_TABLE_ROWS, vectorTable } from '#support/table-copy/vector_table'
import { temporaryFolder } from '#support/temporary_folder'
import { verifyCopy } from '#table-copy/verify_copy'

async function copied(options: { readonly stats?: boolean } = {}) {
  const [source, target] = [await vectorTable(options), temporaryFolder()]
  cpSync(source, target, { recursive: true })
  const store = (root: string) => openFilesystemStore({ root })
  return { source, target, verify: () => verifyCopy(store(source), store(target), testContext()) }
}

test.each([true, false])('rows are counted without deleted ones; with counts in the log: %s', async (stats) => {
  const { verify } = await copied({ stats })
  expect(await verify()).toMatchObject({ differences: [], files: 4, rows: VECTOR_TABLE_ROWS })
})

test.each<[what: string, expected: object, damage: (path: string) => void]>([
  ['is gone', { kind: 'file_missing', message: /^the deletion vector ab\/.* is not at the target/ }, rmSync],
  ['is shorter', { kind: 'file_size', message: /has 50 bytes at the target/ }, (path) => truncateSync(path, 50)],
  [
    'is longer than at the source',
    { kind: 'file_size', message: /bytes at the target instead of/ },
    (path) => writeFileSync(path, new Uint8Array(8), { flag: 'a' }),
  ],
  [
    'has a changed byte',
    { kind: 'file_damaged', message: /its checksum is wrong/ },
    (path) => {
      const bytes = readFileSync(path)
      bytes.writeUInt8(bytes.readUInt8(12) ^ 1, 12)
      writeFileSync(path, bytes)
    },
  ],
])('a file of vectors that %s is found', async (_, { message, ...expected }: { message?: RegExp }, damage) => {
  const { target, verify } = await copied()
  damage(join(target, VECTOR_KEY))
  const { differences, rows } = await verify()
  expect(rows).toBeNull()
  expect(differences).toEqual([
    expect.objectContaining({ ...expected, key: VECTOR_KEY, message: expect.stringMatching(message as RegExp) }),
  ])
})

test('a file whose rows no log counts is held to the source', async () => {
  const { source, target, verify } = await copied({ stats: false })
  const other = readFileSync(join(source, 'part-0.parquet'))
  // num_rows of the footer, as DuckDB writes it: 1,000 as a zigzag varint behind its field.
  const at = other.lastIndexOf(Buffer.from([0x16, 0xd0, 0x0f, 0x19]))
  other.writeUInt8(0xd2, at + 1)
  writeFileSync(join(target, 'part-0.parquet'), other)
  const message = expect.stringContaining('has 1001 rows at the target instead of 1000')
  expect((await verify()).differences).toEqual([expect.objectContaining({ kind: 'row_count', message })])
})
