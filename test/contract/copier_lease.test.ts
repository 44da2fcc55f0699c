// One copier a target, on every store. Time goes on only while no call of the store is under way: how long a copier
// watches another one is counted in looks and beats, and a disk that is busy for seconds is no copier that died.

import { setImmediate } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { openS3Store } from '#object-store/s3/s3_store'
import { type Clock, virtualClock } from '#runtime/clock'
import { HOUR_MS, SECOND_MS } from '#runtime/units'
import { describeWithS3, uniqueName } from '#support/services/services'
import { copierParts } from '#support/stores/copier_parts'
import { temporaryFolder } from '#support/temporary_folder'
import { LEASE_KEY, withLease } from '#table-copy/lease'
import { LEASE_BEAT_MS } from '#table-copy/limits'

const RACERS = 8
/** Ends what never ends; a race takes some minutes. */
const LIVED_MS_MAX = HOUR_MS

describe('in memory', () => leaseContract(() => openMemoryStore()))
describe('in a folder', () => leaseContract(() => openFilesystemStore({ root: temporaryFolder() })))
describeWithS3('on S3', (s3) => {
  const bucket = uniqueName('lease')
  beforeAll(async () => void (await openS3Store({ url: `s3://${bucket}`, ...s3 }).createBucket()))
  leaseContract(() => openS3Store({ url: `s3://${bucket}/${uniqueName('table')}`, ...s3 }))
})

function leaseContract(open: () => ObjectStore): void {
  test('one of many works at a time, and the next one gets its turn', async () => {
    const place = patientPlace(open())
    expect(await place.lived(race(place))).toEqual({ worked: 1, refused: RACERS - 1, mostAtOnce: 1 })
    expect(await place.store.get(LEASE_KEY)).toBeUndefined()
    const next = withLease(place.store, copierParts('next', place.clock), async () => 'done')
    expect(await place.lived(next)).toBe('done')
  })

  test('of many who find the lease of a dead one, one works', async () => {
    const place = patientPlace(open())
    const dead = { id: 'dead', host: 'h', processId: 1, beat: 12 }
    await place.store.put(LEASE_KEY, Buffer.from(JSON.stringify(dead)))
    expect(await place.lived(race(place))).toEqual({ worked: 1, refused: RACERS - 1, mostAtOnce: 1 })
  })
}

/** All at once, each with work that lasts longer than anybody waits for a beat. */
async function race({ store, clock }: PatientPlace) {
  let atOnce = 0
  let mostAtOnce = 0
  const work = async () => {
    mostAtOnce = Math.max(mostAtOnce, ++atOnce)
    await clock.sleep(LEASE_BEAT_MS * 6)
    atOnce--
  }
  const racers = Array.from({ length: RACERS }, (_, i) => withLease(store, copierParts(`racer-${i}`, clock), work))
  const ends = await Promise.allSettled(racers)
  const refused = ends.filter((end) => end.status === 'rejected')
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'TARGET_IN_USE' })
  return { worked: ends.length - refused.length, refused: refused.length, mostAtOnce }
}

/** A store, and a clock that waits for its calls. */
interface PatientPlace {
  readonly store: ObjectStore
  readonly clock: Clock
  /** Lets time go on until this has come to its end, which it gives. Throws when that is not within LIVED_MS_MAX. */
  lived<T>(work: Promise<T>): Promise<T>
}

function patientPlace(store: ObjectStore): PatientPlace {
  const clock = virtualClock(1_000_000)
  let underWay = 0
  async function counted<T>(call: Promise<T>): Promise<T> {
    underWay++
    return call.finally(() => underWay--)
  }
  return {
    // What a lease asks of its store.
    store: {
      ...store,
      get: (key) => counted(store.get(key)),
      put: (key, body) => counted(store.put(key, body)),
      putIfAbsent: (key, body) => counted(store.putIfAbsent(key, body)),
      delete: (key) => counted(store.delete(key)),
    },
    clock,
    async lived(work) {
      let hasEnded = false
      const end = () => {
        hasEnded = true
      }
      work.then(end, end)
      const until = clock.now() + LIVED_MS_MAX
      while (!hasEnded) {
        if (clock.now() > until) throw new Error(`it has not come to its end in ${LIVED_MS_MAX / SECOND_MS} s`)
        await setImmediate()
        // All waits of a lease are whole seconds, so that those who are due together wake together.
        if (underWay === 0) await clock.advance(SECOND_MS)
      }
      return work
    },
  }
}
