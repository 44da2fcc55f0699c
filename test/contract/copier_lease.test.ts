// One copier a target, on every store and in real time, which runs faster here for those who wait.

import { beforeAll, describe, expect, test } from 'vitest'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { openS3Store } from '#object-store/s3/s3_store'
import { type Clock, systemClock } from '#runtime/clock'
import { describeWithS3, uniqueName } from '#support/services/services'
import { copierParts } from '#support/stores/copier_parts'
import { temporaryFolder } from '#support/temporary_folder'
import { LEASE_KEY, withLease } from '#table-copy/lease'
import { LEASE_BEAT_MS } from '#table-copy/limits'

const FASTER = 20
const fastClock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / FASTER, signal) }
const RACERS = 8

describe('in memory', () => leaseContract(() => openMemoryStore()))
describe('in a folder', () => leaseContract(() => openFilesystemStore({ root: temporaryFolder() })))
describeWithS3('on S3', (s3) => {
  const bucket = uniqueName('lease')
  beforeAll(async () => void (await openS3Store({ url: `s3://${bucket}`, ...s3 }).createBucket()))
  leaseContract(() => openS3Store({ url: `s3://${bucket}/${uniqueName('table')}`, ...s3 }))
})

function leaseContract(open: () => ObjectStore): void {
  test('one of many works at a time, and the next one gets its turn', async () => {
    const store = open()
    expect(await race(store)).toEqual({ worked: 1, refused: RACERS - 1, mostAtOnce: 1 })
    expect(await store.get(LEASE_KEY)).toBeUndefined()
    expect(await withLease(store, copierParts('next', fastClock), async () => 'done')).toBe('done')
  })

  test('of many who find the lease of a dead one, one works', async () => {
    const store = open()
    await store.put(LEASE_KEY, Buffer.from(JSON.stringify({ id: 'dead', host: 'h', processId: 1, beat: 12 })))
    expect(await race(store)).toMatchObject({ worked: 1, refused: RACERS - 1 })
  })
}

/** All at once, each with work that lasts longer than anybody waits for a beat. */
async function race(store: ObjectStore) {
  let atOnce = 0
  let mostAtOnce = 0
  const work = async () => {
    mostAtOnce = Math.max(mostAtOnce, ++atOnce)
    await fastClock.sleep(LEASE_BEAT_MS * 6)
    atOnce--
  }
  const racers = Array.from({ length: RACERS }, (_, i) => withLease(store, copierParts(`racer-${i}`, fastClock), work))
  const ends = await Promise.allSettled(racers)
  const refused = ends.filter((end) => end.status === 'rejected')
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'TARGET_IN_USE' })
  return { worked: ends.length - refused.length, refused: refused.length, mostAtOnce }
}
