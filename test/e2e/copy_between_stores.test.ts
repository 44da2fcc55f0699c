// `tickerlake copy` as a user runs it, out of MinIO and to Azure: with settings for each end, and never into itself,
// whatever name a store has.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openAzureStore } from '#object-store/azure/azure_store'
import type { Env } from '#runtime/settings'
import { describeWithAzure, describeWithS3, uniqueName } from '#support/services/services'
import { copy, fill, run } from '#support/table-copy/copy_command'
import { temporaryFolder } from '#support/temporary_folder'
import { LEASE_KEY } from '#table-copy/lease'

describeWithS3('a lake in MinIO', (s3) => {
  const bucket = uniqueName('copied')
  const settings = (prefix: string): Env => ({
    [`${prefix}S3_ENDPOINT`]: s3.endpoint,
    [`${prefix}AWS_ACCESS_KEY_ID`]: s3.accessKeyId,
    [`${prefix}AWS_SECRET_ACCESS_KEY`]: s3.secretAccessKey,
    [`${prefix}AWS_REGION`]: s3.region,
  })

  test('is taken out into a folder, and put back by settings of the target alone', async () => {
    const data = temporaryFolder()
    const env: Env = { ...settings(''), DATA_DIR: data, LAKE_URL: `s3://${bucket}/bronze`, LOG_FORMAT: 'json' }
    await fill(env, 200)
    const folder = join(temporaryFolder(), 'taken-out')
    const out = await copy(env, '--all', folder)
    expect(out.code, out.stderr).toBe(0)
    expect((await copy(env, '--all', '--verify', folder)).code).toBe(0)

    const back: Env = { ...settings('TARGET_'), DATA_DIR: data, LAKE_URL: folder, LOG_FORMAT: 'json' }
    const returned = await copy(back, '--all', `s3://${bucket}/returned`)
    expect(returned.code, returned.stderr).toBe(0)
    const query = 'SELECT count(*) AS n FROM stocks'
    const counted = await run(['sql', '--json', query], { ...env, LAKE_URL: `s3://${bucket}/returned` })
    expect(JSON.parse(counted.stdout)).toEqual([{ n: 2000 }])
    expect(await copy(back, '--all', `s3://${bucket}-missing/x`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /there is no bucket or container for the target s3:\/\/.*-missing\/x; make it first/,
      ),
    })
    // The same bucket under the server's other name: no spelling tells.
    const otherName = s3.endpoint.replace(/127\.0\.0\.1|localhost/, (host) =>
      host === 'localhost' ? '127.0.0.1' : 'localhost',
    )
    const itself: Env = { ...env, ...settings('TARGET_'), TARGET_S3_ENDPOINT: otherName }
    const refused: [readonly string[], RegExp][] = [
      [['--all', `s3://${bucket}/bronze`], /is the source itself/],
      [['stocks', `s3://${bucket}/bronze/stocks/x`], /lies in the source/],
      [['stocks', `s3://${bucket}/bronze`, '--follow'], /holds the source/],
    ]
    for (const [words, said] of refused) {
      expect(await copy(itself, ...words)).toMatchObject({ code: 2, stderr: expect.stringMatching(said) })
    }
    expect((await copy(itself, '--all', `s3://${bucket}/apart`)).code).toBe(0)
    const denied = { ...back, TARGET_AWS_SECRET_ACCESS_KEY: 'wrong' }
    expect(await copy(denied, '--all', `s3://${bucket}/denied`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/check TARGET_AWS_ACCESS_KEY_ID and TARGET_AWS_SECRET_ACCESS_KEY/),
    })
  })
})

describeWithAzure('a lake that goes to Azure', (azure) => {
  const container = uniqueName('copied')
  const place = (path: string) => `abfss://${container}@${azure.account}.dfs.core.windows.net/${path}`
  const target: Env = { TARGET_AZURE_STORAGE_ENDPOINT: azure.endpoint, TARGET_AZURE_STORAGE_KEY: azure.key }

  test('is whole there, and the settings of both ends are kept apart', async () => {
    const env: Env = { DATA_DIR: temporaryFolder(), LOG_FORMAT: 'json', AZURE_STORAGE_SAS_TOKEN: 'sv=of-another&sig=x' }
    await fill(env, 200)
    const missing = await copy({ ...env, ...target }, '--all', place('bronze'))
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringMatching(/no bucket or container for the target/) })
    const store = await openAzureStore({ ...azure, url: place('bronze') })
    await store.createContainer()

    const copied = await copy({ ...env, ...target }, '--all', place('bronze'))
    expect(copied.code, copied.stderr).toBe(0)
    const verified = await copy({ ...env, ...target }, '--all', '--verify', place('bronze'))
    expect(verified.code, verified.stdout).toBe(0)
    expect(await store.sizeOf(`stocks/${LEASE_KEY}`)).toBeUndefined()

    const lake: Env = { ...env, AZURE_STORAGE_SAS_TOKEN: undefined, LAKE_URL: place('bronze') }
    const onAzure = { ...lake, AZURE_STORAGE_ENDPOINT: azure.endpoint, AZURE_STORAGE_KEY: azure.key }
    const itself = await copy(onAzure, 'stocks', `${azure.endpoint}/${container}/bronze/stocks/`)
    expect(itself).toMatchObject({ code: 2, stderr: expect.stringMatching(/is the source itself/) })

    const twice = { ...env, ...target, TARGET_AZURE_STORAGE_SAS_TOKEN: 'sv=hunter1&sig=hunter2' }
    const refused = await copy(twice, '--all', place('bronze'))
    expect(refused).toMatchObject({ code: 78, stderr: expect.stringMatching(/TARGET_AZURE_STORAGE_KEY/) })
    expect(refused.stderr).not.toMatch(/hunter|[^_]AZURE_STORAGE/)
    const denied = { ...env, ...target, TARGET_AZURE_STORAGE_KEY: Buffer.alloc(64, 'hunter3').toString('base64') }
    const wrong = await copy(denied, '--all', place('bronze'))
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/TARGET_AZURE_STORAGE_KEY.*STORE_AUTH_FAILED/),
    })
    expect(wrong.stderr).not.toContain(denied.TARGET_AZURE_STORAGE_KEY)
  })
})
