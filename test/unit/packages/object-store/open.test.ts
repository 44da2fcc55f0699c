// From the name of a place to its store.

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createStoreRoot, openObjectStore } from '#object-store/open'
import { temporaryFolder } from '#support/temporary_folder'

const S3 = { endpoint: 'http://127.0.0.1:1', region: 'us-east-1', accessKeyId: 'a', secretAccessKey: 'b' }

describe('opening a store', () => {
  test('takes a path, relative ones from where we are', async () => {
    expect((await openObjectStore('/some/folder', S3)).url).toBe('/some/folder')
    expect((await openObjectStore('./data/lake', S3)).url).toBe(resolve('data/lake'))
  })

  test('takes a file URL', async () => {
    expect((await openObjectStore('file:///some/a%20folder', S3)).url).toBe('/some/a folder')
    await expect(openObjectStore('file://host/folder', S3)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  test('takes a bucket with or without a prefix', async () => {
    expect((await openObjectStore('s3://datalake', S3)).url).toBe('s3://datalake')
    expect((await openObjectStore('s3://datalake/bronze/', S3)).url).toBe('s3://datalake/bronze')
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
  ])('refuses %j as a wrong setting', async (url) => {
    await expect(openObjectStore(url, S3)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  test('knows what s3a:// was meant to be', async () => {
    await expect(openObjectStore('s3a://datalake/bronze', S3)).rejects.toThrow(/write s3:\/\/ in place of s3a:\/\//)
  })

  test.each([
    [{ ...S3, secretAccessKey: undefined }, /AWS_SECRET_ACCESS_KEY is missing/],
    [{ ...S3, accessKeyId: undefined }, /AWS_ACCESS_KEY_ID is missing/],
    [{ ...S3, endpoint: '127.0.0.1:9000' }, /^wrong setting: S3_ENDPOINT must be a URL/],
  ])('refuses S3 settings that cannot work: %#', async (settings, message) => {
    const failure = expect(openObjectStore('s3://datalake', settings)).rejects
    await failure.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) })
  })
})

test('making the root of a store makes its folder, and again does nothing', async () => {
  const root = join(temporaryFolder(), 'lake', 'bronze')
  await createStoreRoot(pathToFileURL(root).href, S3)
  await createStoreRoot(root, S3)
  expect(existsSync(root)).toBe(true)
})
