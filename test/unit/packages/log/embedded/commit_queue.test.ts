// Commits that come together share one durable transaction, and yet each holds or fails by itself.

import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Changes } from '#log/embedded/changes'
import { CommitQueue } from '#log/embedded/commit_queue'
import { GROUPED_COMMITS_MAX } from '#log/embedded/limits'
import { LogDatabase } from '#log/embedded/sqlite/database'
import { groupStore, type Lease } from '#log/embedded/sqlite/group_store'
import { recordStore } from '#log/embedded/sqlite/record_store'
import { topicStore } from '#log/embedded/sqlite/topic_store'
import { METADATA_BYTES_MAX, noTransactions } from '#log/event_log'
import { virtualClock } from '#runtime/clock'
import { offset } from '#runtime/units'
import { newFolder, removeFolder } from '#support/temporary_folder'

let transactionsCarriedOut = 0

class CountingDatabase extends LogDatabase {
  override transaction<T>(work: () => T): T {
    transactionsCarriedOut++
    return super.transaction(work)
  }
}

let folder: string
beforeEach(() => {
  folder = newFolder()
})
afterEach(() => removeFolder(folder))

function opened() {
  const clock = virtualClock(1_000)
  let ids = 0
  const newId = () => `id-${ids++}`
  const database = new CountingDatabase(join(folder, 'log.db'), { newId })
  const topics = topicStore(database, newId)
  topics.create([{ topic: 'in', partitions: 3 }])
  const records = recordStore(database, topics, clock)
  const groups = groupStore(database, { topics, clock, newId, memberTimeoutMs: 10_000, onMembershipMoved() {} })
  const stores = { database, topics, records, groups, changes: new Changes(database, clock) }
  const parts = { ...stores, transactions: noTransactions() }
  const leases = topics.get('in').partitionIds.map((partitionId, partition): Lease => {
    return { topic: 'in', partition, partitionId, group: 'g', leaseId: newId() }
  })
  for (const lease of leases) groups.seize(lease)
  const queue = new CommitQueue(parts)
  transactionsCarriedOut = 0
  const commit = (lease: Lease, metadata = 'm') =>
    queue.commit(lease, {
      ...{ topic: 'in', partition: lease.partition, next: offset(5), metadata },
      outputs: [{ topic: 'in', partition: lease.partition, key: null, value: 'out' }],
    })
  return { ...parts, leases: leases as [Lease, Lease, Lease], queue, commit }
}

describe('commits of one turn', () => {
  test('are one transaction', async () => {
    const { leases, commit, groups, topics, transactions, database } = opened()
    expect(await Promise.all(leases.map((lease) => commit(lease)))).toEqual([true, true, true])
    expect(transactionsCarriedOut).toBe(1)
    expect([...groups.committed('g', 'in').values()].map(({ offset: next }) => next)).toEqual([5, 5, 5])
    expect(topics.ranges('in').map(({ end }) => end)).toEqual([1, 1, 1])
    expect(transactions).toMatchObject({ begun: 3, committed: 3 })
    database.close()
  })

  test('write nothing for a lease that is gone, and all else', async () => {
    const { leases, commit, groups, topics, transactions, database } = opened()
    groups.seize({ ...leases[1], leaseId: 'of another' })
    transactionsCarriedOut = 0
    expect(await Promise.all(leases.map((lease) => commit(lease)))).toEqual([true, false, true])
    expect(transactionsCarriedOut).toBe(1)
    expect([...groups.committed('g', 'in').keys()]).toEqual([0, 2])
    expect(topics.ranges('in').map(({ end }) => end)).toEqual([1, 0, 1])
    expect(transactions).toMatchObject({ begun: 3, committed: 2, fenced: 1 })
    database.close()
  })

  test('of which one cannot be carried out fail that one alone', async () => {
    const { leases, commit, groups, transactions, database } = opened()
    const [first, second, third] = leases
    const outcomes = Promise.allSettled([
      commit(first),
      commit(second, 'x'.repeat(METADATA_BYTES_MAX + 1)),
      commit(third),
    ])
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect([...groups.committed('g', 'in').keys()]).toEqual([0, 2])
    expect(transactions).toMatchObject({ begun: 3, committed: 2, aborted: 1 })
    database.close()
  })

  test('are not written again when somebody fails who is told of them', async () => {
    const { leases, commit, changes, topics, transactions, database } = opened()
    const partitionGrew = () => {
      throw new Error('cannot be told')
    }
    const stopListening = changes.listen({ partitionGrew, membershipMoved() {} })
    const outcomes = await Promise.allSettled(leases.map((lease) => commit(lease)))
    stopListening()
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(topics.ranges('in').map(({ end }) => end)).toEqual([1, 1, 1])
    expect(transactions).toMatchObject({ begun: 3, committed: 3, aborted: 0 })
    database.close()
  })
})

test('no more commits than the limit share a transaction', async () => {
  const { leases, commit, topics, transactions, database } = opened()
  const commits = Array.from({ length: 2 * GROUPED_COMMITS_MAX + 1 }, () => commit(leases[0]))
  expect((await Promise.all(commits)).every(Boolean)).toBe(true)
  expect(transactionsCarriedOut).toBe(3)
  expect(topics.ranges('in')[0]?.end).toBe(commits.length)
  expect(transactions).toMatchObject({ begun: commits.length, committed: commits.length })
  database.close()
})

test('a queue is idle once all that it was given is carried out', async () => {
  const { leases, commit, queue, topics, database } = opened()
  await queue.idle()
  void commit(leases[0])
  void commit(leases[1])
  await queue.idle()
  expect(topics.ranges('in').map(({ end }) => end)).toEqual([1, 1, 0])
  database.close()
})

test('commits of different turns are transactions of their own', async () => {
  const { leases, commit, database } = opened()
  await commit(leases[0])
  await commit(leases[1])
  expect(transactionsCarriedOut).toBe(2)
  database.close()
})
