// SQL over a lake on a real store elsewhere: the files are fetched once, and only those of the tables that a query
// names.

import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ObjectStore } from '#object-store/object_store'
import { sqlCommand } from '#services/cli/commands/tables/sql'
import { runCommand } from '#support/command_context'
import { sampleLakeOn } from '#support/lake/remote_lake'
import { describeWithAzure, describeWithS3 } from '#support/services/services'
import { type RemoteStore, remoteAzure, remoteS3 } from '#support/stores/remote_store'
import { temporaryFolder } from '#support/temporary_folder'

function sqlOn(remote: RemoteStore): void {
  test('answers as on files, fetching what it needs once', async () => {
    const { folder, remote: lake, fetched } = await sampleLakeOn(remote)
    const cache = temporaryFolder()
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
}

describeWithS3('sql on S3', (s3) => sqlOn(remoteS3(s3)))

describeWithAzure('sql on Azure', (azure) => sqlOn(remoteAzure(azure)))
