// A consumer group as its coordinator keeps it: members, generations, eager rebalances that wait for everybody,
// sessions that time out. Who gets which partitions is the seed's: the real assigners give less variety, never more.

import { protocolError } from '../world/kafkajs_errors.ts'
import type { Random } from '../world/random.ts'
import type { VirtualTime } from '../world/virtual_time.ts'

/** What a member is told when a rebalance is over. */
export interface Membership {
  readonly memberId: string
  readonly generation: number
  readonly partitions: readonly number[]
  /** How many the topic had when they were dealt out. */
  readonly partitionCount: number
}

interface Member {
  readonly id: string
  lastSeen: number
  joining: PromiseWithResolvers<Membership> | null
}

/** What the group is set up with. */
export interface GroupOptions {
  readonly time: VirtualTime
  readonly random: Random
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly partitionCount: () => number
}

/** The coordinator of the one group. */
export class GroupCoordinator {
  readonly #options: GroupOptions
  readonly #members = new Map<string, Member>()
  #generation = 0
  #isRebalancing = false
  #memberNumber = 0

  constructor(options: GroupOptions) {
    this.#options = options
  }

  /** JoinGroup and SyncGroup in one: answered when the rebalance is over. */
  join(memberId: string): Promise<Membership> {
    const { time } = this.#options
    if (memberId !== '' && !this.#members.has(memberId)) throw protocolError('UNKNOWN_MEMBER_ID')
    const id = memberId === '' ? `member-${++this.#memberNumber}` : memberId
    const member = this.#members.get(id) ?? { id, lastSeen: time.now, joining: null }
    this.#members.set(id, member)
    member.joining?.reject(protocolError('REBALANCE_IN_PROGRESS'))
    member.joining = Promise.withResolvers<Membership>()
    const { promise } = member.joining
    this.#rebalance()
    this.#completeIfAllJoined()
    return promise
  }

  heartbeat(memberId: string, generation: number): void {
    const member = this.#members.get(memberId)
    if (member === undefined) throw protocolError('UNKNOWN_MEMBER_ID')
    if (generation !== this.#generation) throw protocolError('ILLEGAL_GENERATION')
    this.#see(member)
    if (this.#isRebalancing) throw protocolError('REBALANCE_IN_PROGRESS')
  }

  leave(memberId: string): void {
    if (!this.#members.has(memberId)) throw protocolError('UNKNOWN_MEMBER_ID')
    this.#remove(memberId)
  }

  #remove(memberId: string): void {
    this.#members.get(memberId)?.joining?.reject(protocolError('UNKNOWN_MEMBER_ID'))
    this.#members.delete(memberId)
    if (this.#members.size > 0) this.#rebalance()
    this.#completeIfAllJoined()
  }

  #see(member: Member): void {
    const { time, sessionTimeoutMs } = this.#options
    const seenAt = time.now
    member.lastSeen = seenAt
    time.after(sessionTimeoutMs, () => {
      const isGone = this.#members.get(member.id) === member && member.lastSeen === seenAt && member.joining === null
      if (isGone) this.#remove(member.id)
    })
  }

  #rebalance(): void {
    if (this.#isRebalancing) return
    this.#isRebalancing = true
    const generation = this.#generation
    this.#options.time.after(this.#options.rebalanceTimeoutMs, () => {
      if (!this.#isRebalancing || this.#generation !== generation) return
      for (const member of [...this.#members.values()]) if (member.joining === null) this.#members.delete(member.id)
      this.#completeIfAllJoined()
    })
  }

  #completeIfAllJoined(): void {
    const members = [...this.#members.values()]
    if (!this.#isRebalancing || members.some((member) => member.joining === null)) return
    this.#isRebalancing = false
    this.#generation++
    const partitionCount = this.#options.partitionCount()
    const dealt = this.#deal(partitionCount, members.length)
    for (const [index, member] of members.entries()) {
      const partitions = dealt[index] as number[]
      member.joining?.resolve({ memberId: member.id, generation: this.#generation, partitions, partitionCount })
      member.joining = null
      this.#see(member)
    }
  }

  #deal(partitionCount: number, members: number): number[][] {
    const dealt = Array.from({ length: members }, (): number[] => [])
    const first = this.#options.random.whole(0, members)
    for (let partition = 0; partition < partitionCount; partition++)
      dealt[(first + partition) % members]?.push(partition)
    return dealt
  }
}
