// Promise: whatever happens to the requests of a commit on S3, a batch is committed once or not at all, and its writer
// knows.

import { beforeAll } from 'vitest'
import { openS3Store } from '#object-store/s3/s3_store'
import { describeWithS3, uniqueName } from '#support/services/services'
import { S3_ERRORS } from '#support/stores/store_proxy'
import { commitFaults } from './commit_faults.ts'

/** Long enough for a store on a busy machine, short enough to wait for often. */
const REQUEST_TIMEOUT_MS = 400

describeWithS3('an append on a faulty S3', (s3) => {
  const bucket = uniqueName('faults')
  beforeAll(async () => void (await openS3Store({ url: `s3://${bucket}`, ...s3 }).createBucket()))

  commitFaults(() => ({
    endpoint: s3.endpoint,
    errors: S3_ERRORS,
    async open(folder, proxy) {
      const through = proxy === undefined ? {} : { endpoint: proxy, limits: { requestTimeoutMs: REQUEST_TIMEOUT_MS } }
      return openS3Store({ url: `s3://${bucket}/${folder}`, ...s3, ...through })
    },
  }))
})
