// Leases under a clock that the test owns: how members share partitions, and what the dead and the late may still do.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { BUSY_TIMEOUT_MS } from '#log/embedded/limits'
import { LogDatabase } from '#log/embedded/sqlite/database'
import { type GroupStore, groupStore, type Membership } from '#log/embedded/sqlite/group_store'
import { type TopicStore, topicStore } from '#log/embedded/sqlite/topic_store'
import type { PartitionCommit } from '#log/event_log'
import { virtualClock } from '#runtime/clock'
import { offset } from '#runtime/units'

const MEMBER_TIMEOUT_MS = 10_000
const folder = mkdtempSync(join(tmpdir(), 'tickerlake-groups-'))
afterAll(() => rmSync(folder, { recursive: true }))

let ids = 0
let moves = 0
let path: string
let database: LogDatabase
let topics: TopicStore
let groups: GroupStore
let clock: ReturnType<typeof virtualClock>

beforeEach(() => {
  const newId = () => `id-${ids++}`
  path = join(folder, `${newId()}.sqlite`)
  moves = 0
  clock = virtualClock(1_000_000)
  database = new LogDatabase(path, { newId })
  topics = topicStore(database, newId)
  topics.create([{ topic: 'topic', partitions: 4 }])
  const onMembershipMoved = () => moves++
  groups = groupStore(database, { topics, clock, newId, memberTimeoutMs: MEMBER_TIMEOUT_MS, onMembershipMoved })
  return () => database.close()
})

const member = (memberId: string): Membership => ({ memberId, group: 'group', topics: ['topic'] })
const commitAt = (partition: number, next: number): PartitionCommit => ({
  ...{ topic: 'topic', partition, next: offset(next), metadata: 'm', outputs: [] },
})
const partitionsOf = (leases: readonly { partition: number }[]) => leases.map(({ partition }) => partition)

test('a balance does not stand still for a file that another process keeps locked', () => {
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  const begun = performance.now()
  expect(() => groups.balance(member('one'))).toThrow(/locked/)
  expect(performance.now() - begun).toBeLessThan(BUSY_TIMEOUT_MS / 2)
  other.close()
  expect(partitionsOf(groups.balance(member('one')).acquired)).toEqual([0, 1, 2, 3])
})

describe('a group', () => {
  test('gives all partitions to its only member, once', () => {
    expect(partitionsOf(groups.balance(member('one')).acquired)).toEqual([0, 1, 2, 3])
    expect(moves).toBe(1)
    expect(groups.balance(member('one')).acquired).toEqual([])
    expect(moves).toBe(1)
  })

  test('gives a second member its share only when the first has released it', () => {
    const { acquired } = groups.balance(member('one'))
    expect(groups.balance(member('two')).acquired).toEqual([])
    const { wanted, held } = groups.balance(member('one'))
    expect(held.size).toBe(4)
    for (const lease of acquired) if (!wanted.has(lease.partitionId)) groups.release(lease)
    expect(partitionsOf(groups.balance(member('two')).acquired)).toEqual([1, 3])
  })

  test('keeps a member alive that is seen in time, and buries one that is not', async () => {
    groups.balance(member('one'))
    await clock.advance(MEMBER_TIMEOUT_MS)
    expect(groups.balance(member('two')).acquired).toEqual([])
    groups.balance(member('one'))
    await clock.advance(MEMBER_TIMEOUT_MS)
    groups.balance(member('one'))
    await clock.advance(1)
    groups.balance(member('one'))
    await clock.advance(MEMBER_TIMEOUT_MS + 1)
    expect(partitionsOf(groups.balance(member('two')).acquired)).toEqual([0, 1, 2, 3])
  })

  test('buries what a dead process left in other groups, and nobody there who is only silent', async () => {
    const other = { memberId: 'tail', group: 'tail-of-a-dead-process', topics: ['topic'] }
    groups.balance(other)
    const members = () => database.prepare('SELECT member_id FROM members ORDER BY joined').all().flat()
    const leases = () => database.prepare("SELECT count(*) FROM leases WHERE member_id = 'tail'").all().flat()
    await clock.advance(MEMBER_TIMEOUT_MS * 2)
    groups.balance(member('one'))
    expect(members()).toEqual(['tail', 'one'])
    database.prepare("UPDATE members SET process_token = 'gone' WHERE member_id = 'tail'").run()
    groups.balance(member('one'))
    expect(members()).toEqual(['one'])
    expect(leases()).toEqual([0])
  })

  test('refuses the commit of a member that was buried, also after it has joined again', async () => {
    const [lease] = groups.balance(member('one')).acquired
    if (lease === undefined) throw new Error('no lease')
    const commit = (next: number) => database.transaction(() => groups.commit(lease, commitAt(0, next)))
    expect(commit(5)).toBe(true)
    await clock.advance(MEMBER_TIMEOUT_MS + 1)
    const [taken] = groups.balance(member('two')).acquired
    if (taken === undefined) throw new Error('not taken over')
    expect(commit(6)).toBe(false)
    const again = groups.balance(member('one'))
    expect(again.held.has(lease.leaseId)).toBe(false)
    expect(commit(7)).toBe(false)
    groups.release(lease)
    expect(database.transaction(() => groups.commit(taken, commitAt(0, 8)))).toBe(true)
    expect(groups.committed('group', 'topic')).toEqual(new Map([[0, { offset: 8, metadata: 'm' }]]))
  })

  test('buries a member at once whose process is gone from this host', () => {
    groups.balance(member('one'))
    const sqlite = new DatabaseSync(path)
    sqlite.prepare("UPDATE members SET process_token = 'an earlier process with the same id'").run()
    sqlite.close()
    expect(partitionsOf(groups.balance(member('two')).acquired)).toEqual([0, 1, 2, 3])
  })

  test('gives everything back when a member leaves', () => {
    groups.balance(member('one'))
    groups.balance(member('two'))
    groups.leave(member('one'))
    expect(partitionsOf(groups.balance(member('two')).acquired)).toEqual([0, 1, 2, 3])
  })

  test('shares a topic only between the members that read it', () => {
    topics.create([{ topic: 'other', partitions: 2 }])
    groups.balance({ ...member('one'), topics: ['topic', 'other'] })
    const { wanted } = groups.balance({ ...member('two'), topics: ['other'] })
    expect(wanted).toEqual(new Set([topics.get('other').partitionIds[1]]))
  })

  test('takes metadata up to the limit of the port', () => {
    const [lease] = groups.balance(member('one')).acquired
    if (lease === undefined) throw new Error('no lease')
    const commit = (metadata: string) =>
      database.transaction(() => groups.commit(lease, { ...commitAt(0, 1), metadata }))
    expect(commit('x'.repeat(4096))).toBe(true)
    expect(() => commit(`${'x'.repeat(4095)}ü`)).toThrow('metadata of 4097 bytes')
  })
})
