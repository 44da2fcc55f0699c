import { expect, test } from 'vitest'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { openMemoryStore } from '#object-store/memory_store'
import { temporaryFolder } from '#support/temporary_folder'
import { tableFirstBelow, tablesBelow } from '#table-copy/tables_below'

const COMMIT = '_delta_log/00000000000000000000.json'

test.each([
  ['in memory', () => openMemoryStore()],
  ['in a folder', () => openFilesystemStore({ root: temporaryFolder() })],
])('tables are found %s, and nothing else', async (_, open) => {
  const root = open()
  expect(await tablesBelow(root)).toEqual([])
  const keys = [
    `stocks/${COMMIT}`,
    `stocks/date=2026-11-21/a.parquet`,
    `bars_1m/${COMMIT}`,
    `bars_1m-old/${COMMIT}`,
    `bars_1m.old/${COMMIT}`,
    `bars_1m0/_delta_log/00000000000000000010.checkpoint.parquet`,
    `_probe/${COMMIT}`,
    `.hidden/${COMMIT}`,
    'copied-later/_delta_log/_copier.json',
    'no-table/a.parquet',
    `deep/below/${COMMIT}`,
    // Hadoop leaves checksums of its own beside files of a local folder.
    'spark/_delta_log/.00000000000000000000.json.crc',
    `spark/${COMMIT}`,
    'only-checksums/_delta_log/.00000000000000000000.json.crc',
    'stock.csv',
    'z',
  ]
  for (const key of keys) await root.put(key, Buffer.from('x'))
  expect(await tablesBelow(root)).toEqual(
    ['bars_1m', 'bars_1m-old', 'bars_1m.old', 'bars_1m0', 'spark', 'stocks'].sort(),
  )
})

test('the first table below a place is told, unless the place is a table or has many other folders', async () => {
  const root = openMemoryStore()
  const put = (key: string) => root.put(key, Buffer.from('x'))
  expect(await tableFirstBelow(root)).toBeUndefined()
  for (let day = 1; day <= 7; day++) await put(`date=2026-11-0${day}/a.parquet`)
  await put(`stocks/${COMMIT}`)
  expect(await tableFirstBelow(root)).toBe('stocks')
  await put('date=2026-11-08/a.parquet')
  expect(await tableFirstBelow(root)).toBeUndefined()
  await put(`alerts/${COMMIT}`)
  expect(await tableFirstBelow(root)).toBe('alerts')
  await put(COMMIT)
  expect(await tableFirstBelow(root)).toBeUndefined()
})
