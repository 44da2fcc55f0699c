// Hand-outs and verifications between real stores: S3 to Azure, Azure to a folder; ranges, listings and multi-part
// writes are those of the stores.

import { expect, test } from 'vitest'
import { loadSnapshot } from '#delta/snapshot'
import { within } from '#object-store/object_store'
import { createStoreRoot, openObjectStore, type StoreSettings } from '#object-store/open'
import { systemClock } from '#runtime/clock'
import { tableVersion } from '#runtime/units'
import { testContext } from '#support/delta/delta_table'
import { describeWithStores, uniqueName } from '#support/services/services'
import { parquetTable } from '#support/table-copy/parquet_table'
import { temporaryFolder } from '#support/temporary_folder'
import { copyTable } from '#table-copy/copy_table'
import { handOut } from '#table-copy/hand_out'
import { verifyCopy } from '#table-copy/verify_copy'

describeWithStores('between real stores', ({ s3, azure }) => {
  const settings: StoreSettings = { s3, azure }
  const context = (name = 'stores') => testContext(name, systemClock)
  const verify = async (source: string, target: string) =>
    verifyCopy(await openObjectStore(source, settings), await openObjectStore(target, settings), context())

  test('a table is copied and handed out, each verified, and damage is found', async () => {
    const bucket = `s3://${uniqueName('hand-outs')}`
    const container = `abfss://${uniqueName('hand-outs')}@${azure.account}.dfs.core.windows.net`
    await createStoreRoot(bucket, settings)
    await createStoreRoot(container, settings)
    const [source, copy, handed, folder] = [`${bucket}/t`, `${container}/t`, `${container}/handed`, temporaryFolder()]
    const open = (url: string) => openObjectStore(url, settings)
    const table = await parquetTable(await open(source), { commits: 4, context: context() })
    await table.checkpoint()
    await copyTable(await open(source), await open(copy), context())
    expect(await verify(source, copy)).toMatchObject({ differences: [], notes: [], entries: 5, files: 4, rows: 40 })

    await handOut(await open(source), await open(handed), { ...context('first'), version: tableVersion(3) })
    expect(await verify(source, handed)).toMatchObject({ differences: [], notes: [], handedOut: 3, rows: 30 })
    expect(await handOut(await open(handed), await open(folder), context('second'))).toMatchObject({
      kind: 'handed_out',
    })
    expect(await verify(handed, folder)).toMatchObject({ differences: [], notes: [], handedOut: 0, rows: 30 })

    const [lost] = (await loadSnapshot(await open(copy)))?.files.values() ?? []
    await within(await open(container), 't').delete(lost?.path ?? '')
    expect(await verify(source, copy)).toMatchObject({ differences: [{ kind: 'file_missing', side: 'target' }] })
  })
})
