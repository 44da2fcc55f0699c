// A table that was copied from a folder to S3, from there to Azure, and from there to another folder: delta-rs reads
// it on Azure, and Spark in the folder, as they read the source: every row, every version, and the times of versions.

import { expect, test } from 'vitest'
import { enableInCommitTimestamps } from '#delta/upgrade'
import { openAzureStore } from '#object-store/azure/azure_store'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { openS3Store } from '#object-store/s3/s3_store'
import { systemClock } from '#runtime/clock'
import { testContext } from '#support/delta/delta_table'
import { describeWithStores, uniqueName } from '#support/services/services'
import { temporaryFolder } from '#support/temporary_folder'
import { copyTable } from '#table-copy/copy_table'
import { expectSameAggregates, expectSameRows } from './agreement.ts'
import { describeWithEngines, type Engines } from './engines.ts'
import { landHistory } from './history.ts'
import { snapshotAt, tablePath } from './lake.ts'
import { describeWithReaders } from './readers.ts'

/** A table of history whose later versions say when they were made; gives the first that does. */
async function landTable(folder: string): Promise<{ readonly path: string; readonly timedFrom: number }> {
  const path = tablePath(folder, 'history_bars')
  await landHistory(folder, 60)
  const before = await snapshotAt(path)
  const context = { ...testContext('upgrade'), clock: systemClock }
  await enableInCommitTimestamps(openFilesystemStore({ root: path }), before, context)
  await landHistory(folder, 60)
  return { path, timedFrom: before.version + 1 }
}

async function copyOn(places: readonly ObjectStore[]): Promise<void> {
  for (const [at, target] of places.entries()) {
    const source = places[at - 1]
    if (source !== undefined) await copyTable(source, target, { clock: systemClock, random: Math.random })
  }
}

/** The versions that Spark finds, with their times, in order. */
async function sparkVersions({ spark }: Engines, path: string): Promise<readonly (readonly [number, string])[]> {
  const rows = await spark.rows(`DESCRIBE HISTORY delta.\`${path}\``)
  return rows.map(([version, time]) => [Number(version), String(time)] as const).reverse()
}

async function sparkCount({ spark }: Engines, path: string, at: string): Promise<number> {
  const [row = []] = await spark.rows(`SELECT count(*) FROM delta.\`${path}\` ${at}`)
  return Number(row[0])
}

describeWithStores('a table that was copied', ({ s3, azure }) => {
  describeWithReaders('from store to store', (readers) => {
    describeWithEngines('is read by other engines', (engines) => {
      test('as its source: rows, versions and the times of versions', async () => {
        const { path: source, timedFrom } = await landTable(temporaryFolder())
        const bucket = openS3Store({ url: `s3://${uniqueName('copies')}/history_bars`, ...s3 })
        const url = `abfss://${uniqueName('copies')}@${azure.account}.dfs.core.windows.net/bronze/history_bars`
        const container = await openAzureStore({ ...azure, url })
        const path = temporaryFolder()
        await bucket.createBucket()
        await container.createContainer()
        const places = [source, path].map((root) => openFilesystemStore({ root })) as [ObjectStore, ObjectStore]
        await copyOn([places[0], bucket, container, places[1]])

        const store = {
          AZURE_STORAGE_ACCOUNT_NAME: azure.account,
          AZURE_STORAGE_ACCOUNT_KEY: azure.key,
          AZURE_STORAGE_ENDPOINT: azure.endpoint,
          AZURE_ALLOW_HTTP: 'true',
        }
        const versionsAt = (place: string, settings: object) =>
          readers().ask('versions', { path: place, store: JSON.stringify(settings) })
        const versions = await versionsAt(source, {})
        expect(versions).toHaveLength((await snapshotAt(source)).version + 1)
        expect(await versionsAt(url, store)).toEqual(versions)

        expect(await expectSameRows(engines(), path)).toEqual(await expectSameRows(engines(), source))
        await expectSameAggregates(engines(), path)
        const times = await sparkVersions(engines(), source)
        const timed = times.filter(([version]) => version >= timedFrom)
        expect(timed.length).toBeGreaterThan(2)
        expect((await sparkVersions(engines(), path)).filter(([version]) => version >= timedFrom)).toEqual(timed)
        for (const [version, time] of timed) {
          const there = await sparkCount(engines(), path, `TIMESTAMP AS OF '${time}'`)
          expect(there, time).toBe(await sparkCount(engines(), source, `VERSION AS OF ${version}`))
        }
      })
    })
  })
})
