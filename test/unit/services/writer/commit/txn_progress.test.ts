import { expect, test } from 'vitest'
import { appIdOf } from '#services/writer/commit/txn_progress'

test('an application id names cluster, topic, the topic’s id and the partition', () => {
  const parts = { clusterId: 'c1', topic: 'stock-prices', topicId: 't1', partition: 3 }
  expect(appIdOf(parts)).toBe('writer:c1:stock-prices:t1:3')
})
