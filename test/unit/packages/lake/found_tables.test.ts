// Which tables a lake has, found by its folders.

import { expect, test } from 'vitest'
import { findTables } from '#lake/found_tables'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'

const MINUTE = 60_000

async function lakeWith(...keys: readonly string[]): Promise<ObjectStore> {
  const lake = openMemoryStore()
  for (const key of keys) await lake.put(key, Buffer.from('x'))
  return lake
}

const log = (table: string) => `${table}/_delta_log/00000000000000000000.json`

async function barsIn(lake: ObjectStore, barIntervalMs?: number) {
  const found = await findTables(lake, barIntervalMs)
  const bars = found.tables.flatMap(({ name, barIntervalMs: interval }) => (interval === undefined ? [] : [name]))
  return [bars, found.barIntervalMs]
}

test('a lake that is not there yet is one that will have bars of the interval', async () => {
  const lake = await lakeWith()
  expect(await barsIn(lake)).toEqual([['bars_1m'], MINUTE])
  expect(await barsIn(lake, 5 * MINUTE)).toEqual([['bars_5m'], 5 * MINUTE])
  const { tables } = await findTables(lake, 5 * MINUTE)
  const live = ['stocks', 'bars_5m', 'alerts', 'late_quotes', 'dead_letters']
  expect(tables.map(({ name }) => name)).toEqual([...live, 'history_bars', 'history_days', 'corporate_actions'])
})

test('bars of another interval are found without any setting', async () => {
  expect(await barsIn(await lakeWith(log('bars_5m'), log('stocks')))).toEqual([['bars_5m'], 5 * MINUTE])
})

test('several intervals are all listed, and the views are of the one asked for, else of the finest', async () => {
  const lake = await lakeWith(log('bars_15m'), log('bars_10s'), log('bars_5m'), log('bars_500ms'))
  const all = ['bars_500ms', 'bars_10s', 'bars_5m', 'bars_15m']
  expect(await barsIn(lake)).toEqual([all, 500])
  expect(await barsIn(lake, 5 * MINUTE)).toEqual([all, 5 * MINUTE])
})

test('what is like a table of bars and is none is passed over', async () => {
  const others = ['bars_1h', 'bars_7m', 'bars_60s', 'bars_5m-old', 'bars_5m.backup', 'bars_5m0', 'bars_x', 'bars'].map(
    log,
  )
  const lake = await lakeWith(...others, 'bars_2m', 'bars_5m.txt', log('bars_5m'), log('bars_1m'))
  expect(await barsIn(lake)).toEqual([['bars_1m', 'bars_5m'], MINUTE])
})

test('the store is asked once a folder, however much is in it', async () => {
  const files = Array.from({ length: 3_000 }, (_, i) => `bars_1m/date=2026-11-21/${i}.parquet`)
  const lake = await lakeWith(...files, log('bars_5m'))
  const asked: (string | undefined)[] = []
  let listed = 0
  const counting: ObjectStore = {
    ...lake,
    async *list(prefix, startAfter) {
      asked.push(startAfter)
      for await (const info of lake.list(prefix, startAfter)) {
        listed++
        yield info
      }
    },
  }
  expect(await barsIn(counting)).toEqual([['bars_1m', 'bars_5m'], MINUTE])
  expect([asked, listed]).toEqual([[undefined, 'bars_1m0', 'bars_5m0'], 2])
})
