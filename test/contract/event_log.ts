// The contract of the EventLog port: what each implementation must keep. An implementation's spec calls
// eventLogContract with a fixture; nothing here knows which log it is. Waits are for conditions, with limits long
// enough for Kafka's joins.

import { afterAll, beforeAll, describe } from 'vitest'
import { batchContract } from './event_log/batch.ts'
import { boundedContract } from './event_log/bounded.ts'
import { groupContract } from './event_log/group.ts'
import { offsetsContract } from './event_log/offsets.ts'
import { positionContract } from './event_log/position.ts'
import { processContract } from './event_log/process.ts'
import { publishContract } from './event_log/publish.ts'
import { CONTRACT_TIMEOUT_MS, type EventLogFixture, Stage } from './event_log/stage.ts'
import { tailContract } from './event_log/tail.ts'
import { tickContract } from './event_log/tick.ts'
import { topicContract } from './event_log/topic.ts'
import { transactionContract } from './event_log/transaction.ts'
import { watchingContract } from './event_log/watching.ts'

export type { EventLogFixture } from './event_log/stage.ts'

/** How to run the suite. */
export interface ContractOptions {
  /** True where the real service is not at hand. */
  readonly skip?: boolean
}

/** Declares the suite. `makeFixture` is called once; every test has topics and groups of its own. */
export function eventLogContract(
  name: string,
  makeFixture: () => Promise<EventLogFixture>,
  options: ContractOptions = {},
): void {
  describe.skipIf(options.skip ?? false)(`EventLog contract: ${name}`, { timeout: CONTRACT_TIMEOUT_MS }, () => {
    const stage = new Stage(makeFixture)
    beforeAll(() => stage.raise(), CONTRACT_TIMEOUT_MS)
    afterAll(() => stage.strike(), CONTRACT_TIMEOUT_MS)
    describe('topics', () => topicContract(stage))
    describe('publish', () => publishContract(stage))
    describe('publish with position', () => positionContract(stage))
    describe('run, committing transactions', () => transactionContract(stage))
    describe('run, committing offsets', () => offsetsContract(stage))
    describe('batches', () => batchContract(stage))
    describe('tick, flush and abort', () => tickContract(stage))
    describe('bounded run', () => boundedContract(stage))
    describe('watching', () => watchingContract(stage))
    describe('tail', () => tailContract(stage))
    describe('group', () => groupContract(stage))
    describe('killed processes', () => processContract(stage))
  })
}
