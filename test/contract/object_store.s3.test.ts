// The S3 store against the object store's contract, on a real S3 service, in a bucket and below a prefix of one.

import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { beforeAll, expect, test } from 'vitest'
import { UPLOAD_PART_BYTES } from '#object-store/parts'
import { openS3Clients } from '#object-store/s3/clients'
import { openS3Store, type S3Store } from '#object-store/s3/s3_store'
import type { S3Address } from '#support/services/addresses'
import { describeWithS3, uniqueName } from '#support/services/services'
import { piecesOf } from './object_store/parts.ts'
import { keysOf, objectStoreContract, utf8 } from './object_store.ts'

describeWithS3('a whole bucket', (s3) => {
  objectStoreContract('S3', () => newBucket(s3))
})

describeWithS3('a prefix of a bucket', (s3) => {
  const bucket = uniqueName('contract')
  beforeAll(async () => void (await openS3Store({ url: `s3://${bucket}`, ...s3 }).createBucket()))
  objectStoreContract('S3 with a prefix', async () =>
    openS3Store({ url: `s3://${bucket}/${uniqueName('lake')}/bronze`, ...s3 }),
  )
})

async function newBucket(s3: S3Address): Promise<S3Store> {
  const store = openS3Store({ url: `s3://${uniqueName('contract')}`, ...s3 })
  await store.createBucket()
  return store
}

describeWithS3('what a real S3 service answers', (s3) => {
  test('to a wrong secret is a refusal that does not show it', async () => {
    const bucket = (await newBucket(s3)).url
    const store = openS3Store({ url: bucket, ...s3, secretAccessKey: 'wrong-secret' })
    const error = await store.put('a', utf8('x')).catch((caught) => caught)
    expect(error).toMatchObject({ code: 'STORE_AUTH_FAILED', retryable: false })
    expect(error.message).toMatch(/AWS_SECRET_ACCESS_KEY/)
    expect(error.message).not.toMatch(/wrong-secret/)
    await expect(store.createBucket()).rejects.toMatchObject({ code: 'STORE_AUTH_FAILED' })
  })

  test('to an unknown access key is a refusal', async () => {
    const store = openS3Store({ url: 's3://datalake', ...s3, accessKeyId: 'nobody' })
    await expect(store.get('a')).rejects.toMatchObject({ code: 'STORE_AUTH_FAILED' })
  })

  test('to any call on a missing bucket is that it is missing', async () => {
    const store = openS3Store({ url: `s3://${uniqueName('missing')}`, ...s3 })
    const missing = { code: 'STORE_BUCKET_MISSING', message: expect.stringMatching(/tickerlake init/) }
    await expect(store.get('a')).rejects.toMatchObject(missing)
    await expect(store.put('a', utf8('x'))).rejects.toMatchObject(missing)
    await expect(store.putIfAbsent('a', utf8('x'))).rejects.toMatchObject(missing)
    await expect(keysOf(store, '')).rejects.toMatchObject(missing)
    await expect(store.delete('a')).rejects.toMatchObject(missing)
  })

  test('after uploads that failed or came second is that no parts are left', async () => {
    const store = await newBucket(s3)
    const sizes = [UPLOAD_PART_BYTES, UPLOAD_PART_BYTES, 1]
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield* piecesOf(sizes)
      throw new Error('no more')
    }
    await expect(store.putPartsIfAbsent('a', failing())).rejects.toThrow('no more')
    const puts = Array.from({ length: 4 }, () => store.putPartsIfAbsent('a', piecesOf(sizes)))
    expect((await Promise.all(puts)).toSorted()).toEqual(['created', 'exists', 'exists', 'exists'])
    const { retrying } = openS3Clients(s3)
    const Bucket = store.url.slice('s3://'.length)
    const left = await retrying.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'a' }))
    expect(left.Uploads ?? []).toEqual([])
  })

  test('to making a bucket, ten times at once and then again, is one bucket', async () => {
    const store = openS3Store({ url: `s3://${uniqueName('made')}/lake`, ...s3 })
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => store.createBucket()))
    expect(outcomes).toContain('created')
    expect(await store.createBucket()).toBe('exists')
    await store.put('a', utf8('x'))
    expect(await keysOf(store, '')).toEqual(['a'])
  })
})
