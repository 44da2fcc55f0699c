import { expect, test } from 'vitest'
import { PRICES_TOPIC } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { rowsOf, snapshotOf } from '#support/lake/lake_tables'
import { batchOf, commitOf, committedRows, quoteValues, rangeTo, testWriter } from '#support/lake/writer'
import { temporaryFolder } from '#support/temporary_folder'

const partition0 = { topic: PRICES_TOPIC, partition: 0 }

test('the partitions of a topic go into one commit, each with its own offset', async () => {
  const lake = openFilesystemStore({ root: temporaryFolder() })
  const writer = await testWriter(lake)
  for (const partition of [0, 1, 2]) {
    await writer.open({ topic: PRICES_TOPIC, partition }, rangeTo(5))
    await writer.process(batchOf(quoteValues(3 + partition), { partition }))
  }
  const commits = await writer.flush()
  expect([...commits].sort((a, b) => a.partition - b.partition)).toEqual([
    commitOf(0, 3),
    commitOf(1, 4),
    commitOf(2, 5),
  ])
  await writer.dispose()
  const { version, txns, files } = await snapshotOf(lake, 'stocks')
  expect([version, files.size]).toEqual([1, 1])
  expect(Object.fromEntries([...txns].map(([appId, txn]) => [appId.split(':').at(-1), txn.version]))).toEqual({
    0: 3,
    1: 4,
    2: 5,
  })
  const rows = await rowsOf(lake, 'stocks')
  expect(rows.map((row) => `${row.source_partition}:${row.source_offset}`)).toEqual(
    '0:0 0:1 0:2 1:0 1:1 1:2 1:3 2:0 2:1 2:2 2:3 2:4'.split(' '),
  )
})

test('while one buffer is written the other is filled; when both are full the input waits', async () => {
  const gate = Promise.withResolvers<void>()
  const inner = openMemoryStore()
  const lake: ObjectStore = {
    ...inner,
    put: async (key, body) => {
      await gate.promise
      await inner.put(key, body)
    },
  }
  const writer = await testWriter(lake, { config: { flushRows: 10 } })
  await writer.open(partition0, rangeTo(30))
  expect(await writer.process(batchOf(quoteValues(20)))).toEqual([])
  let processed = false
  const waiting = writer.process(batchOf(quoteValues(10), { first: 20 })).then((commits) => {
    processed = true
    return commits
  })
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(processed).toBe(false)
  gate.resolve()
  expect(await waiting).toEqual([commitOf(0, 10)])
  expect((await writer.end(partition0)).at(-1)).toEqual(commitOf(0, 30))
  expect(await committedRows(lake)).toBe(30)
  await writer.dispose()
})
