// What the simulated consumer, producer and admin client of one process have in common.

import type { Clock } from '#runtime/clock'
import type { SimulatedBroker } from '../cluster/broker.ts'
import type { Network } from '../world/network.ts'
import type { Random } from '../world/random.ts'
import type { SimulatedProcess } from '../world/simulated_process.ts'

/** What the clients of one process share. */
export interface ClientParts {
  readonly process: SimulatedProcess
  readonly clock: Clock
  readonly broker: SimulatedBroker
  readonly network: Network
  readonly random: Random
  readonly handOverMsMax: number
}
