// Which broker coordinates a transaction, and a group. kafkajs asks that before each of the four requests of a
// transaction that go to a coordinator, nine round trips instead of five. Here a producer of transactions asks once,
// and again after any request of the process has failed: what was remembered may be the reason. Source:
// kafkajs/src/producer/eosManager/index.js, src/cluster/index.js, src/network/connectionPool.js, version 2.2.4.

/** kafkajs's cluster, as far as it is changed. */
export interface ClusterInternals {
  findGroupCoordinator(wanted: { groupId: string; coordinatorType?: number }): Promise<BrokerInternals>
  findBroker(wanted: { nodeId: string }): Promise<BrokerInternals>
}

interface BrokerInternals {
  readonly nodeId: string
}

/** kafkajs's connections to one broker, as far as they are changed. */
export interface ConnectionPoolInternals {
  send(request: object): Promise<unknown>
}

interface Patchable<T> {
  readonly prototype: T
}

/** A coordinator of transactions, as kafkajs numbers the types. */
const OF_TRANSACTIONS = 1

/** Has clusters remember coordinators, if they belong to producers of transactions. */
export function rememberCoordinators(
  { prototype: cluster }: Patchable<ClusterInternals>,
  { prototype: pool }: Patchable<ConnectionPoolInternals>,
): void {
  const failures = countFailures(pool)
  const known = new WeakMap<ClusterInternals, RememberedCoordinators>()
  const find = cluster.findGroupCoordinator
  cluster.findGroupCoordinator = async function (wanted) {
    if (wanted.coordinatorType === OF_TRANSACTIONS && !known.has(this)) {
      known.set(this, new RememberedCoordinators(failures))
    }
    const remembered = known.get(this)
    const nodeId = remembered?.nodeId(wanted.groupId)
    if (nodeId !== undefined) {
      // It may have gone since; then kafkajs looks for it in its own way, with its own patience.
      const broker = await this.findBroker({ nodeId }).catch(() => null)
      if (broker !== null) return broker
    }
    const found = await find.call(this, wanted)
    remembered?.remember(wanted.groupId, found.nodeId)
    return found
  }
}

class RememberedCoordinators {
  readonly #failures: () => number
  readonly #nodeIds = new Map<string, string>()
  #failuresSeen = 0

  constructor(failures: () => number) {
    this.#failures = failures
  }

  /** By the transactional id, or the group's; these two are never alike. */
  nodeId(name: string): string | undefined {
    const failures = this.#failures()
    if (failures !== this.#failuresSeen) this.#nodeIds.clear()
    this.#failuresSeen = failures
    return this.#nodeIds.get(name)
  }

  remember(name: string, nodeId: string): void {
    this.#nodeIds.set(name, nodeId)
  }
}

/** Returns how many requests have failed since, but for those that the coordinator itself asks to be made again. */
function countFailures(pool: ConnectionPoolInternals): () => number {
  let failures = 0
  const send = pool.send
  pool.send = async function (request) {
    try {
      return await send.call(this, request)
    } catch (error) {
      if ((error as { readonly type?: unknown }).type !== 'CONCURRENT_TRANSACTIONS') failures++
      throw error
    }
  }
  return () => failures
}
