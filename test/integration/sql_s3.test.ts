// SQL over a lake on a real S3 store: the files are fetched once, and only those of the tables that a query names.

import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { openS3Store } from '#object-store/s3/s3_store'
import { sqlCommand } from '#services/cli/commands/tables/sql'
import { runCommand } from '#support/command_context'
import { createSampleLake } from '#support/lake/sql_lake'
import { describeWithS3, uniqueName } from '#support/services/services'
import { temporaryFolder } from '#support/temporary_folder'

describeWithS3('sql on S3', (s3) => {
  test('answers as on files, fetching what it needs once', async () => {
    const folder = temporaryFolder()
    await createSampleLake(folder)
    const bucket = openS3Store({ url: `s3://${uniqueName('sql')}/bronze`, ...s3 })
    await bucket.createBucket()
    const store = openFilesystemStore({ root: folder })
    for await (const { key } of store.list('')) await bucket.put(key, (await store.get(key)) ?? new Uint8Array())

    const cache = temporaryFolder()
    const fetched: string[] = []
    const lake: ObjectStore = {
      url: bucket.url,
      put: (key, body) => bucket.put(key, body),
      putIfAbsent: (key, body) => bucket.putIfAbsent(key, body),
      list: (prefix, startAfter) => bucket.list(prefix, startAfter),
      delete: (key) => bucket.delete(key),
      get: (key) => {
        if (key.endsWith('.parquet')) fetched.push(key)
        return bucket.get(key)
      },
    }
    const sql = async (query: string, on: ObjectStore | undefined) => {
      const env = { LAKE_URL: folder, SQL_CACHE_DIR: cache }
      const call = { env, positionals: [query], values: { json: true }, ...(on === undefined ? {} : { lake: on }) }
      return JSON.parse((await runCommand(sqlCommand, call)).stdout)
    }
    const query = 'SELECT * FROM bars ORDER BY symbol, window_start'
    const fromFiles = await sql(query, undefined)
    expect(fromFiles).toHaveLength(38)
    expect(await sql(query, lake)).toEqual(fromFiles)
    expect(fetched).toHaveLength(3)
    expect(fetched.every((key) => key.startsWith('bars_1m/'))).toBe(true)
    expect(await sql(query, lake)).toEqual(fromFiles)
    expect(fetched).toHaveLength(3)
    expect(readdirSync(cache, { recursive: true }).filter((name) => String(name).endsWith('.parquet'))).toHaveLength(3)

    const day = "SELECT count(*) AS n FROM stocks WHERE date = '2026-11-20'"
    expect(await sql(day, lake)).toEqual([{ n: 180 }])
    expect(fetched.slice(3)).toEqual([expect.stringMatching(/^stocks\/date=2026-11-20\//)])
  })
})
