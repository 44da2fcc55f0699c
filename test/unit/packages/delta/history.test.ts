import { expect, test } from 'vitest'
import { commitAppend, ENGINE_INFO } from '#delta/commit'
import { createTable } from '#delta/create'
import { readHistory } from '#delta/history'
import { commitKey } from '#delta/log/listing'
import { tableVersion } from '#runtime/units'
import { advanceOf, entry, quotesTable, rowsFile, TEST_START, testContext } from '#support/delta/delta_table'
import { tinyStore } from '#support/stores/tiny_store'

test('the history tells what each commit did, newest first', async () => {
  const store = tinyStore()
  const context = testContext()
  const table = await createTable(store, quotesTable, context)
  const files = [rowsFile('a', 0, 5), rowsFile('a', 5, 7)]
  const append = {
    files,
    txns: [advanceOf('a', null, 7)],
    operation: 'STREAMING UPDATE',
    operationParameters: { epoch: '1' },
  }
  await commitAppend(store, table, append, context)
  store.objects.set(
    commitKey(tableVersion(2)),
    entry({ remove: { path: files[0]?.path } }, { add: { ...files[0], stats: 'x' } }),
  )
  const history = await readHistory(store)
  expect(history.map((line) => line.version)).toEqual([2, 1, 0])
  expect(history[0]).toMatchObject({
    operation: 'unknown',
    metrics: { filesAdded: 1, filesRemoved: 1, rowsAdded: null },
  })
  expect(history[1]).toMatchObject({
    timestamp: TEST_START + 1,
    operation: 'STREAMING UPDATE',
    operationParameters: { epoch: '1' },
    metrics: { filesAdded: 2, filesRemoved: 0, rowsAdded: 7, bytesAdded: 2007 },
    engineInfo: ENGINE_INFO,
    isBlindAppend: true,
    appIds: ['a'],
  })
  expect(history[2]).toMatchObject({ operation: 'CREATE TABLE', metrics: { filesAdded: 0 } })
})

test('a limited history has the newest commits, and reads no others', async () => {
  const store = tinyStore()
  const context = testContext()
  let snapshot = await createTable(store, quotesTable, context)
  for (let at = 0; at < 5; at++) {
    const append = { files: [rowsFile('a', at, at + 1)], txns: [], operation: 'WRITE' }
    snapshot = (await commitAppend(store, snapshot, append, context)).snapshot
  }
  for (const version of [0, 1, 2, 3]) store.objects.set(commitKey(tableVersion(version)), new TextEncoder().encode('{'))
  expect((await readHistory(store, { limit: 2 })).map((line) => line.version)).toEqual([5, 4])
  expect(await readHistory(store, { limit: 0 })).toEqual([])
  expect(await readHistory(tinyStore())).toEqual([])
})
