// Joining again, put off: on a membership like kafkajs's, whose heartbeats fail as told.

import { beforeEach, describe, expect, test } from 'vitest'
import { postponeRejoins, rejoinAfterSteps } from '#log/kafka/kafkajs/rejoins'

class Membership {
  readonly memberId: string | null = 'member-1'
  failure: string | null = null

  async heartbeat(_: object): Promise<void> {
    if (this.failure !== null) throw Object.assign(new Error(this.failure), { type: this.failure })
  }
}

rejoinAfterSteps(Membership)

describe('a heartbeat that says that the group is to be joined again', () => {
  let membership = new Membership()
  let isWanted = true
  beforeEach(() => {
    membership = new Membership()
    membership.failure = 'REBALANCE_IN_PROGRESS'
    isWanted = true
  })

  test('is passed over while the member wants to get on, and then no longer', async () => {
    const end = postponeRejoins('member-1', () => isWanted)
    await membership.heartbeat({})
    isWanted = false
    await expect(membership.heartbeat({})).rejects.toThrow('REBALANCE_IN_PROGRESS')
    end()
  })

  test('fails for members that nobody speaks for, or not any more', async () => {
    const endOther = postponeRejoins('member-2', () => true)
    await expect(membership.heartbeat({})).rejects.toThrow('REBALANCE_IN_PROGRESS')
    postponeRejoins('member-1', () => true)()
    await expect(membership.heartbeat({})).rejects.toThrow('REBALANCE_IN_PROGRESS')
    endOther()
  })

  test('goes by who spoke last, whoever ends before', async () => {
    const endFirst = postponeRejoins('member-1', () => false)
    const endSecond = postponeRejoins('member-1', () => true)
    endFirst()
    await membership.heartbeat({})
    endSecond()
  })

  test.each(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'NOT_COORDINATOR_FOR_GROUP'])(
    'any other fails: %s',
    async (type) => {
      const end = postponeRejoins('member-1', () => true)
      membership.failure = type
      await expect(membership.heartbeat({})).rejects.toThrow(type)
      end()
    },
  )
})
