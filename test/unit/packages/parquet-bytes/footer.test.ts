import { expect, test } from 'vitest'
import { parquetColumnNames } from '#parquet-bytes/footer'
import { checkpointFile } from '#support/delta/checkpoint_files'

const fileOf = (bytes: Uint8Array) => ({
  size: bytes.length,
  read: async ({ offset, length }: { readonly offset: number; readonly length: number }) =>
    bytes.slice(offset, offset + length),
})

test('names the columns of the top level', async () => {
  const names = await parquetColumnNames(fileOf(checkpointFile([{ txn: { appId: 'a', version: 1n } }])))
  expect(names).toEqual(expect.arrayContaining(['txn', 'add', 'sidecar', 'checkpointMetadata']))
  expect(names).not.toContain('path')
})

test('says why a file has no footer', async () => {
  const bytes = checkpointFile([{ txn: { appId: 'a', version: 1n } }])
  await expect(parquetColumnNames(fileOf(bytes.subarray(0, 3)))).rejects.toThrow('it has only 3 bytes')
  await expect(parquetColumnNames(fileOf(bytes.subarray(0, -1)))).rejects.toThrow('does not end as a Parquet file does')
})
