// What landing waits for when a partition commits.

import { expect, test } from 'vitest'
import type { PartitionCommit } from '#log/event_log'
import type { RunContext } from '#log/kafka/group/run_context'
import { PartitionCommitter } from '#log/kafka/partition/committer'
import { offset } from '#runtime/units'

test('offsets for others to see are handed over, and not waited for', { timeout: 5_000 }, async () => {
  const handedOver: (readonly PartitionCommit[])[] = []
  const run = {
    options: { group: 'g', commit: 'offsets' },
    commitOffsets(commits: readonly PartitionCommit[]) {
      handedOver.push(commits)
      return new Promise<void>(() => {})
    },
  } as unknown as RunContext
  const commit: PartitionCommit = { topic: 'quotes', partition: 0, next: offset(4), metadata: '', outputs: [] }
  await new PartitionCommitter({ topic: 'quotes', partition: 0 }, run).carryOut([commit])
  expect(handedOver).toEqual([[commit]])
})
