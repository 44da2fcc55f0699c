// Coordinators that are remembered, on classes like kafkajs's with a count of what they are asked.

import { beforeEach, describe, expect, test } from 'vitest'
import { rememberCoordinators } from '#log/kafka/kafkajs/coordinators'

const TRANSACTION = { groupId: 'tickerlake.stream.prices.0', coordinatorType: 1 }
const GROUP = { groupId: 'stream', coordinatorType: 0 }

/** A cluster whose coordinators move, and a pool whose requests fail, as told; with the patch applied. */
function patched() {
  const asked: string[] = []
  class Cluster {
    at = '1'
    readonly gone = new Set<string>()

    async findGroupCoordinator({ groupId }: { groupId: string }) {
      asked.push(groupId)
      return { nodeId: this.at }
    }

    async findBroker({ nodeId }: { nodeId: string }) {
      if (this.gone.has(nodeId)) throw new Error(`broker ${nodeId} is gone`)
      return { nodeId }
    }
  }
  class Pool {
    async send({ failure }: { readonly failure?: string }) {
      if (failure !== undefined) throw Object.assign(new Error(failure), { type: failure })
      return 'answer'
    }
  }
  rememberCoordinators(Cluster, Pool)
  return { asked, cluster: new Cluster(), other: new Cluster(), pool: new Pool() }
}

describe('the coordinators of a transaction', () => {
  let { asked, cluster, other, pool } = patched()
  beforeEach(() => {
    ;({ asked, cluster, other, pool } = patched())
  })

  test('are asked for once, that of the group too', async () => {
    for (let commit = 0; commit < 3; commit++) {
      expect(await cluster.findGroupCoordinator(TRANSACTION)).toEqual({ nodeId: '1' })
      expect(await cluster.findGroupCoordinator(GROUP)).toEqual({ nodeId: '1' })
      expect(await pool.send({})).toBe('answer')
    }
    expect(asked).toEqual([TRANSACTION.groupId, GROUP.groupId])
  })

  test('are asked for again after any request has failed', async () => {
    await cluster.findGroupCoordinator(TRANSACTION)
    cluster.at = '2'
    await expect(pool.send({ failure: 'NOT_COORDINATOR' })).rejects.toThrow('NOT_COORDINATOR')
    expect(await cluster.findGroupCoordinator(TRANSACTION)).toEqual({ nodeId: '2' })
    expect(asked.length).toBe(2)
  })

  test('are known well enough when one of them is busy', async () => {
    await cluster.findGroupCoordinator(TRANSACTION)
    await expect(pool.send({ failure: 'CONCURRENT_TRANSACTIONS' })).rejects.toThrow('CONCURRENT_TRANSACTIONS')
    await cluster.findGroupCoordinator(TRANSACTION)
    expect(asked.length).toBe(1)
  })

  test('are asked for again when the broker that was one is gone', async () => {
    await cluster.findGroupCoordinator(TRANSACTION)
    cluster.gone.add('1')
    cluster.at = '2'
    expect(await cluster.findGroupCoordinator(TRANSACTION)).toEqual({ nodeId: '2' })
    expect(await cluster.findGroupCoordinator(TRANSACTION)).toEqual({ nodeId: '2' })
    expect(asked.length).toBe(2)
  })

  test('are remembered by producers of transactions alone', async () => {
    for (let time = 0; time < 2; time++) await cluster.findGroupCoordinator(GROUP)
    await other.findGroupCoordinator(TRANSACTION)
    await cluster.findGroupCoordinator(GROUP)
    expect(asked.length).toBe(4)
  })
})
