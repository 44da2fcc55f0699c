// From the name of a place to its store.

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createStoreRoot, openObjectStore, type StoreSettings } from '#object-store/open'
import { temporaryFolder } from '#support/temporary_folder'

const S3 = { endpoint: 'http://127.0.0.1:1', region: 'us-east-1', accessKeyId: 'a', secretAccessKey: 'b' }
const KEY = Buffer.from('a key of thirty-two bytes, or so').toString('base64')
const SETTINGS: StoreSettings = { s3: S3, azure: { key: KEY } }

describe('opening a store', () => {
  test('takes a path, relative ones from where we are', async () => {
    expect((await openObjectStore('/some/folder', SETTINGS)).url).toBe('/some/folder')
    expect((await openObjectStore('./data/lake', SETTINGS)).url).toBe(resolve('data/lake'))
  })

  test('takes a file URL', async () => {
    expect((await openObjectStore('file:///some/a%20folder', SETTINGS)).url).toBe('/some/a folder')
    await expect(openObjectStore('file://host/folder', SETTINGS)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  test('takes a bucket with or without a prefix', async () => {
    expect((await openObjectStore('s3://datalake', SETTINGS)).url).toBe('s3://datalake')
    expect((await openObjectStore('s3://datalake/bronze/', SETTINGS)).url).toBe('s3://datalake/bronze')
  })

  test.each([
    '',
    's3://',
    's3://A_B/x',
    's3://datalake/a//b',
    's3://datalake/../x',
    's3:datalake',
    'gs://x/y',
    'http://x',
    'http://x/account',
    'abfss://lake',
    'abfss://lake@account',
    'abfss://Lake@account.dfs.core.windows.net',
    'abfss://lake@account.dfs.core.windows.net/a//b',
    'https://account.blob.core.windows.net',
    'https://bucket.s3.amazonaws.com/lake/bronze',
  ])('refuses %j as a wrong setting', async (url) => {
    await expect(openObjectStore(url, SETTINGS)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  test.each([
    's3://key:hidden@bucket/lake',
    'https://someone:hidden@account.blob.core.windows.net/lake',
    'ftp://someone:hidden@host/lake',
  ])('refuses %j without showing its password', async (url) => {
    const error = await openObjectStore(url, SETTINGS).catch((caught) => caught)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('//') })
    expect(error.message).not.toContain('hidden')
  })

  test('knows what s3a:// was meant to be', async () => {
    await expect(openObjectStore('s3a://datalake/bronze', SETTINGS)).rejects.toThrow(
      /write s3:\/\/ in place of s3a:\/\//,
    )
  })

  test('takes a container of Azure as engines, portals and Azurite write it', async () => {
    const url = async (place: string) => (await openObjectStore(place, SETTINGS)).url
    const engines = 'abfss://lake@account.dfs.core.windows.net'
    expect(await url(`${engines}/`)).toBe(engines)
    expect(await url(`${engines}/bronze/`)).toBe(`${engines}/bronze`)
    expect(await url('https://account.blob.core.windows.net/lake/bronze')).toBe(`${engines}/bronze`)
    expect(await url('https://account.dfs.core.windows.net/lake')).toBe(engines)
    const azurite = 'http://127.0.0.1:10000/devstoreaccount1/lake/bronze'
    expect(await url(azurite)).toBe(azurite)
  })

  test.each(['az', 'wasbs', 'adl'])('knows what %s:// was meant to be', async (scheme) => {
    const failure = expect(openObjectStore(`${scheme}://lake/bronze`, SETTINGS)).rejects
    await failure.toThrow(/write abfss:\/\/container@account\.dfs\.core\.windows\.net\/path$/)
  })

  test.each([
    'https://account.blob.core.windows.net/lake?sv=2026&sig=nobody-may-see',
    'wasbs://lake@account.blob.core.windows.net/bronze?sv=2026&sig=nobody-may-see',
    'account.blob.core.windows.net/lake?sig=nobody-may-see&sv=2026',
    's3://lake/bronze?sv=2026&sig=nobody-may-see',
  ])('takes no SAS token in a place, nor shows it: %s', async (place) => {
    const error = await openObjectStore(place, SETTINGS).catch((caught) => caught)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(/AZURE_STORAGE_SAS_TOKEN/) })
    expect(JSON.stringify([error.message, error.fields, String(error.cause)])).not.toMatch(/nobody/)
  })

  test.each([
    [{ ...S3, secretAccessKey: undefined }, /AWS_SECRET_ACCESS_KEY is missing/],
    [{ ...S3, accessKeyId: undefined }, /AWS_ACCESS_KEY_ID is missing/],
    [{ ...S3, endpoint: '127.0.0.1:9000' }, /^wrong setting: S3_ENDPOINT must be a URL/],
  ])('refuses S3 settings that cannot work: %#', async (settings, message) => {
    const failure = expect(openObjectStore('s3://datalake', { ...SETTINGS, s3: settings })).rejects
    await failure.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) })
  })
})

test('making the root of a store makes its folder, and again does nothing', async () => {
  const root = join(temporaryFolder(), 'lake', 'bronze')
  await createStoreRoot(pathToFileURL(root).href, SETTINGS)
  await createStoreRoot(root, SETTINGS)
  expect(existsSync(root)).toBe(true)
})
