import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appIdOf, appIdParts } from '#services/writer/commit/txn_progress'

test('an application id names cluster, topic, the topic’s id and the partition', () => {
  const parts = { clusterId: 'c1', topic: 'stock-prices', topicId: 't1', partition: 3 }
  expect(appIdOf(parts)).toBe('writer:c1:stock-prices:t1:3')
})

test('its parts are read back, also where the cluster’s id has colons in it', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/)
  const ids = { clusterId: fc.stringMatching(/^[A-Za-z0-9:._-]{0,12}$/), topic: name, topicId: name }
  fc.assert(
    fc.property(fc.record({ ...ids, partition: fc.nat(999_999_999) }), (parts) => {
      expect(appIdParts(appIdOf(parts))).toEqual(parts)
    }),
  )
})

test.each(['', 'writer', 'writer:c1:t1:3', 'other:c1:topic:t1:3', 'writer:c1:topic:t1:03', 'writer:c1:topic:t1:x'])(
  '%j is no application id of a writer',
  (appId) => {
    expect(appIdParts(appId)).toBe(null)
  },
)
