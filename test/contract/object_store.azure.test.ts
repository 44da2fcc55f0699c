// The Azure store against the object store's contract, on a real Blob service, in a container and below a path of one.

import {
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob'
import { beforeAll, expect, test } from 'vitest'
import { type AzureStore, openAzureStore } from '#object-store/azure/azure_store'
import { UPLOAD_PART_BYTES } from '#object-store/parts'
import { systemClock } from '#runtime/clock'
import { MINUTE_MS } from '#runtime/units'
import type { AzureAddress } from '#support/services/addresses'
import { describeWithAzure, uniqueName } from '#support/services/services'
import { keysOf, objectStoreContract, textOf, utf8 } from './object_store.ts'

function placeIn({ account }: AzureAddress, path: string): string {
  const [container, ...folders] = path.split('/')
  return [`abfss://${container}@${account}.dfs.core.windows.net`, ...folders].join('/')
}

async function newContainer(azure: AzureAddress): Promise<AzureStore> {
  const store = await openAzureStore({ ...azure, url: placeIn(azure, uniqueName('contract')) })
  await store.createContainer()
  return store
}

/** A token for one container, for ten minutes before and after now. */
function containerSas(of: { azure: AzureAddress; container: string; rights: string }): string {
  const { azure, container, rights } = of
  const minutesFromNow = (minutes: number) => new Date(systemClock.now() + minutes * MINUTE_MS)
  const values = {
    containerName: container,
    permissions: ContainerSASPermissions.parse(rights),
    startsOn: minutesFromNow(-10),
    expiresOn: minutesFromNow(10),
  }
  return generateBlobSASQueryParameters(values, new StorageSharedKeyCredential(azure.account, azure.key)).toString()
}

async function* parts(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(UPLOAD_PART_BYTES).fill(i)
}

describeWithAzure('a whole container', (azure) => {
  objectStoreContract('Azure', () => newContainer(azure))
})

describeWithAzure('a path in a container', (azure) => {
  const container = uniqueName('contract')
  beforeAll(
    async () => void (await (await openAzureStore({ ...azure, url: placeIn(azure, container) })).createContainer()),
  )
  objectStoreContract('Azure with a path', () =>
    openAzureStore({ ...azure, url: placeIn(azure, `${container}/${uniqueName('lake')}/bronze`) }),
  )
})

describeWithAzure('what a real Blob service answers', (azure) => {
  test('to a place with the account in its path is the same as to one by name', async () => {
    const named = await newContainer(azure)
    await named.put('a', utf8('x'))
    const container = named.url.slice('abfss://'.length, named.url.indexOf('@'))
    const byPath = await openAzureStore({ url: `${azure.endpoint}/${container}`, key: azure.key })
    expect(await keysOf(byPath, '')).toEqual(['a'])
  })

  test('to a SAS token of the container is all that a lake needs, and making the container again', async () => {
    const whole = await newContainer(azure)
    const container = whole.url.slice('abfss://'.length, whole.url.indexOf('@'))
    const { key, ...reached } = azure
    const sasToken = containerSas({ azure, container, rights: 'racwdl' })
    const store = await openAzureStore({ ...reached, url: `${whole.url}/lake`, sasToken })
    expect(await store.createContainer()).toBe('exists')
    expect(await store.putIfAbsent('log/0.json', utf8('0'))).toBe('created')
    expect(await store.putIfAbsent('log/0.json', utf8('1'))).toBe('exists')
    expect(await store.putPartsIfAbsent('large', parts(2))).toBe('created')
    expect(await keysOf(store, '')).toEqual(['large', 'log/0.json'])
    await store.delete('large')
    expect(await textOf(store, 'log/0.json')).toBe('0')
  })

  test('to a SAS token without the right to write is a refusal that does not show it', async () => {
    const whole = await newContainer(azure)
    const container = whole.url.slice('abfss://'.length, whole.url.indexOf('@'))
    const { key, ...reached } = azure
    const sasToken = containerSas({ azure, container, rights: 'rl' })
    const store = await openAzureStore({ ...reached, url: whole.url, sasToken })
    const error = await store.put('a', utf8('x')).catch((caught) => caught)
    expect(error).toMatchObject({ code: 'STORE_AUTH_FAILED', retryable: false })
    expect(JSON.stringify([error.message, error.fields])).not.toMatch(/sig=|sv=/)
  })

  test('to a wrong key is a refusal that does not show it', async () => {
    const wrong = Buffer.from('a wrong key that nobody may see').toString('base64')
    const store = await openAzureStore({ ...azure, url: (await newContainer(azure)).url, key: wrong })
    const error = await store.put('a', utf8('x')).catch((caught) => caught)
    expect(error).toMatchObject({ code: 'STORE_AUTH_FAILED', retryable: false })
    expect(error.message).toMatch(/AZURE_STORAGE_KEY/)
    expect(JSON.stringify([error.message, error.fields])).not.toContain(wrong)
    await expect(store.createContainer()).rejects.toMatchObject({ code: 'STORE_AUTH_FAILED' })
  })

  test('to any call on a missing container is that it is missing', async () => {
    const store = await openAzureStore({ ...azure, url: placeIn(azure, uniqueName('missing')) })
    const missing = { code: 'STORE_BUCKET_MISSING', message: expect.stringMatching(/tickerlake init/) }
    await expect(store.get('a')).rejects.toMatchObject(missing)
    await expect(store.sizeOf('a')).rejects.toMatchObject(missing)
    await expect(store.put('a', utf8('x'))).rejects.toMatchObject(missing)
    await expect(store.putIfAbsent('a', utf8('x'))).rejects.toMatchObject(missing)
    await expect(keysOf(store, '')).rejects.toMatchObject(missing)
    await expect(store.delete('a')).rejects.toMatchObject(missing)
  })

  test('to making a container, ten times at once and then again, is one container', async () => {
    const store = await openAzureStore({ ...azure, url: placeIn(azure, `${uniqueName('made')}/lake`) })
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => store.createContainer()))
    expect(outcomes).toContain('created')
    expect(await store.createContainer()).toBe('exists')
    await store.put('a', utf8('x'))
    expect(await keysOf(store, '')).toEqual(['a'])
  })
})
