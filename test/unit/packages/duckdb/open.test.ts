// Opening DuckDB: what every database of ours has in common, whoever asks for it.

import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connectDuckdb, openDuckdb } from '#duckdb/open'
import { temporaryFolder } from '#support/temporary_folder'

async function settings(options: { tempBytesMax?: number } = {}): Promise<Record<string, string>> {
  const tempFolder = join(temporaryFolder(), 'spill')
  const instance = await openDuckdb({ memoryBytes: 64 * 2 ** 20, threads: 1, tempFolder, ...options })
  onTestFinished(() => instance.closeSync())
  const connection = await connectDuckdb(instance)
  const reader = await connection.runAndReadAll('SELECT name, value FROM duckdb_settings()')
  return Object.fromEntries(reader.getRows().map(([name, value]) => [String(name), String(value)]))
}

test('a database has the limits that it is given, works in UTC and loads nothing by itself', async () => {
  expect(await settings({ tempBytesMax: 2 ** 30 })).toMatchObject({
    TimeZone: 'UTC',
    memory_limit: '64.0 MiB',
    threads: '1',
    max_temp_directory_size: '1.0 GiB',
    autoload_known_extensions: 'false',
    autoinstall_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
  })
})

test('without a limit of their own, temporary files may take what DuckDB lets them', async () => {
  expect(await settings()).toMatchObject({ TimeZone: 'UTC', memory_limit: '64.0 MiB' })
})
