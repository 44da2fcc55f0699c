// Groups as rows: members with the time they were last seen, one lease per partition, committed offsets. Every acquired
// lease has a new id, and a commit checks the id in its own transaction: a member that lost its lease commits nothing.

import { hostname } from 'node:os'
import { HEARTBEAT_BUSY_TIMEOUT_MS } from '#log/embedded/limits'
import { isProcessAlive, PROCESS_TOKEN } from '#log/embedded/process_identity'
import type { LogDatabase } from '#log/embedded/sqlite/database'
import { row, rows, type StoredPartition, type TopicStore } from '#log/embedded/sqlite/topic_store'
import { type CommittedOffset, METADATA_BYTES_MAX, type PartitionCommit } from '#log/event_log'
import type { Clock } from '#runtime/clock'
import { offset } from '#runtime/units'

/** One membership of one group. */
export interface Membership {
  readonly memberId: string
  readonly group: string
  readonly topics: readonly string[]
}

/** The right of a member to a partition, until it is released or taken over. */
export interface Lease extends StoredPartition {
  readonly leaseId: string
  readonly group: string
}

/** What a balance found. */
export interface Balance {
  /** New leases, to be opened. */
  readonly acquired: readonly Lease[]
  /** The ids of all leases that the member holds, the acquired ones included. */
  readonly held: ReadonlySet<string>
  /** Partition ids that the member should have; those held beyond them are to be released. */
  readonly wanted: ReadonlySet<number>
}

/** What the store needs from outside. */
export interface GroupStoreParts {
  readonly topics: TopicStore
  readonly clock: Clock
  readonly newId: () => string
  /** A member unseen for longer is taken for dead. */
  readonly memberTimeoutMs: number
  /** Told after a change that other members must notice. */
  readonly onMembershipMoved: () => void
}

export type GroupStore = ReturnType<typeof groupStore>

/** The groups of a database. */
export function groupStore(database: LogDatabase, parts: GroupStoreParts) {
  const members = memberRows(database, parts)
  const leases = leaseRows(database)
  const offsets = offsetRows(database)
  const bump = database.prepare('UPDATE log SET membership_changes = membership_changes + 1')

  /** Runs a transaction that says whether others must notice. */
  function moving<T>(work: () => { readonly moved: boolean; readonly result: T }, busyTimeoutMs?: number): T {
    const { moved, result } = database.transaction(() => {
      const outcome = work()
      if (outcome.moved) bump.run()
      return outcome
    }, busyTimeoutMs)
    if (moved) parts.onMembershipMoved()
    return result
  }

  function wantedPartitions(membership: Membership): StoredPartition[] {
    const all = members.of(membership.group)
    return membership.topics.flatMap((topic) => {
      const sharing = all.filter((member) => member.topics.includes(topic)).map((member) => member.memberId)
      const { partitionIds } = parts.topics.get(topic)
      return partitionIds
        .map((partitionId, partition) => ({ topic, partition, partitionId }))
        .filter(({ partition }) => sharing[partition % sharing.length] === membership.memberId)
    })
  }

  return {
    /**
     * Says that the member lives, buries members that do not, and takes the free ones of the partitions that are its
     * share. Joins the member when it is not in the group (any more). Throws soon, to be called again, while another
     * process keeps the file locked.
     */
    balance(membership: Membership): Balance {
      return moving(() => {
        const dead = members.bury(membership)
        const joined = members.touch(membership)
        const wanted = wantedPartitions(membership)
        const acquired = wanted
          .filter(({ partitionId }) => leases.isFree(membership.group, partitionId))
          .map((partition) => ({ ...partition, group: membership.group, leaseId: parts.newId() }))
        for (const lease of acquired) leases.take(lease, membership.memberId)
        const held = leases.heldBy(membership.memberId)
        const result = { acquired, held, wanted: new Set(wanted.map(({ partitionId }) => partitionId)) }
        return { moved: dead || joined, result }
      }, HEARTBEAT_BUSY_TIMEOUT_MS)
    },
    /** Takes a partition for a group without members, from whoever has it. */
    seize(lease: Lease): void {
      database.transaction(() => leases.seize(lease))
    },
    /** Gives a lease back, so that another member can take the partition. */
    release(lease: Lease): void {
      moving(() => ({ moved: leases.drop(lease), result: undefined }))
    },
    /** Leaves the group and gives all its leases back. */
    leave(membership: Membership): void {
      moving(() => ({ moved: members.remove(membership.memberId), result: undefined }))
    },
    /** What the group has committed in a topic, by partition. */
    committed: offsets.read,
    /** Inside a transaction of the caller's: whether the lease still holds; when it does, the offset is written. */
    commit(lease: Lease, commit: Pick<PartitionCommit, 'next' | 'metadata'>): boolean {
      if (!leases.holds(lease)) return false
      offsets.write(lease, commit)
      return true
    },
  }
}

function memberRows(database: LogDatabase, { clock, memberTimeoutMs }: GroupStoreParts) {
  const see = database.prepare('UPDATE members SET seen_at = ? WHERE member_id = ?')
  const join = database.prepare(
    'INSERT INTO members (member_id, group_name, topics, host, process_id, process_token, seen_at)' +
      ' VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const select = database.prepare('SELECT member_id, topics FROM members WHERE group_name = ? ORDER BY joined')
  const selectSigns = database.prepare(
    'SELECT member_id, host, process_id, process_token, seen_at, group_name FROM members WHERE member_id != ?',
  )
  const drop = database.prepare('DELETE FROM members WHERE member_id = ?')
  const dropLeases = database.prepare('DELETE FROM leases WHERE member_id = ?')
  const host = hostname()

  /** Silence counts within a group alone: whoever has no rival there may be silent for as long as it likes. */
  function isDead([, itsHost, processId, token, seenAt, itsGroup]: readonly unknown[], group: string): boolean {
    if (itsGroup === group && Math.abs(clock.now() - Number(seenAt)) > memberTimeoutMs) return true
    return itsHost === host && !isProcessAlive(Number(processId), String(token))
  }

  function remove(memberId: string): boolean {
    dropLeases.run(memberId)
    return drop.run(memberId).changes > 0
  }

  return {
    remove,
    of(group: string): { memberId: string; topics: readonly string[] }[] {
      return rows(select.all(group)).map(([memberId, topics]) => ({
        memberId: String(memberId),
        topics: JSON.parse(String(topics)) as string[],
      }))
    },
    /** Removes the dead, those of other groups too, whose names may never be used again; true when there were any. */
    bury({ group, memberId }: Membership): boolean {
      const dead = rows(selectSigns.all(memberId)).filter((signs) => isDead(signs, group))
      return dead.map(([id]) => remove(String(id))).length > 0
    },
    /** Notes that the member lives; true when it joined by this. */
    touch({ memberId, group, topics }: Membership): boolean {
      if (see.run(clock.now(), memberId).changes > 0) return false
      join.run(memberId, group, JSON.stringify(topics), host, process.pid, PROCESS_TOKEN, clock.now())
      return true
    },
  }
}

function leaseRows(database: LogDatabase) {
  const selectAny = database.prepare('SELECT 1 FROM leases WHERE group_name = ? AND partition_id = ?')
  const selectHeld = database.prepare('SELECT lease_id FROM leases WHERE member_id = ?')
  const selectLease = database.prepare('SELECT lease_id FROM leases WHERE group_name = ? AND partition_id = ?')
  const insert = database.prepare(
    'INSERT INTO leases (group_name, partition_id, member_id, lease_id) VALUES (?, ?, ?, ?)',
  )
  const replace = database.prepare(
    'INSERT OR REPLACE INTO leases (group_name, partition_id, member_id, lease_id) VALUES (?, ?, ?, ?)',
  )
  const drop = database.prepare('DELETE FROM leases WHERE group_name = ? AND partition_id = ? AND lease_id = ?')

  return {
    isFree: (group: string, partitionId: number) => selectAny.get(group, partitionId) === undefined,
    heldBy: (memberId: string) => new Set(rows(selectHeld.all(memberId)).map(([leaseId]) => String(leaseId))),
    holds: (lease: Lease) => row(selectLease.get(lease.group, lease.partitionId))[0] === lease.leaseId,
    drop: (lease: Lease) => drop.run(lease.group, lease.partitionId, lease.leaseId).changes > 0,
    seize: (lease: Lease) => replace.run(lease.group, lease.partitionId, '', lease.leaseId),
    take(lease: Lease, memberId: string): void {
      insert.run(lease.group, lease.partitionId, memberId, lease.leaseId)
    },
  }
}

function offsetRows(database: LogDatabase) {
  const select = database.prepare(
    'SELECT p.partition, c.next_offset, c.metadata FROM committed c JOIN partitions p USING (partition_id)' +
      ' WHERE c.group_name = ? AND p.topic = ? ORDER BY p.partition',
  )
  const upsert = database.prepare(
    'INSERT INTO committed (group_name, partition_id, next_offset, metadata) VALUES (?, ?, ?, ?)' +
      ' ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset, metadata = excluded.metadata',
  )

  return {
    read(group: string, topic: string): Map<number, CommittedOffset> {
      const found = database.read(() => rows(select.all(group, topic)))
      return new Map(
        found.map(([partition, next, metadata]) => [
          Number(partition),
          { offset: offset(Number(next)), metadata: String(metadata) },
        ]),
      )
    },
    write({ group, partitionId }: Lease, { next, metadata }: Pick<PartitionCommit, 'next' | 'metadata'>): void {
      const bytes = Buffer.byteLength(metadata)
      if (bytes > METADATA_BYTES_MAX) throw new Error(`metadata of ${bytes} bytes, at most ${METADATA_BYTES_MAX}`)
      upsert.run(group, partitionId, next, metadata)
    },
  }
}
