import { describe, expect, test } from 'vitest'
import { commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { LOG_FETCHES_MAX } from '#delta/limits'
import { commitKey } from '#delta/log/listing'
import { loadSnapshot, type Snapshot, updateSnapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'
import { epochMs, tableVersion } from '#runtime/units'
import { advanceOf, entry, quotesTable, rowsFile, TEST_START, testContext } from '#support/delta/delta_table'
import { tinyStore } from '#support/stores/tiny_store'

/** A table with `commits` appends of ten rows each. */
async function tableOf(commits: number) {
  const store = tinyStore()
  const context = testContext()
  let snapshot = await createTable(store, quotesTable, context)
  for (let index = 0; index < commits; index++) {
    await context.clock.sleep(1000)
    const [from, to] = [index * 10, index * 10 + 10]
    const txns = [advanceOf('app', index === 0 ? null : from, to)]
    const outcome = await commitAppend(
      store,
      snapshot,
      { files: [rowsFile('app', from, to)], txns, operation: 'WRITE' },
      context,
    )
    expect(outcome.kind).toBe('committed')
    snapshot = outcome.snapshot
  }
  return { store, snapshot, context }
}

async function load(store: ObjectStore, options = {}): Promise<Snapshot> {
  const snapshot = await loadSnapshot(store, options)
  if (snapshot === undefined) throw new Error('there is no table')
  return snapshot
}

const refusal = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) })

describe('a loaded snapshot', () => {
  test('is undefined where no table is', async () => {
    expect(await loadSnapshot(tinyStore(new Map([['_delta_log/_last_checkpoint', new Uint8Array()]])))).toBeUndefined()
  })

  test('equals the one that the commits returned', async () => {
    const { store, snapshot } = await tableOf(40)
    expect(await load(store)).toEqual(snapshot)
    expect(snapshot).toMatchObject({ version: 40, timestamp: TEST_START + 40_000 })
    expect(snapshot.files.size).toBe(40)
    expect(snapshot.txns.get('app')).toEqual({ appId: 'app', version: 400, lastUpdated: TEST_START + 40_000 })
  })

  test('is that of the version or the time asked for', async () => {
    const { store } = await tableOf(3)
    expect((await load(store, { version: tableVersion(1) })).files.size).toBe(1)
    expect((await load(store, { asOf: epochMs(TEST_START + 2_999) })).version).toBe(2)
    expect((await load(store, { asOf: epochMs(TEST_START + 1_000_000) })).version).toBe(3)
    await expect(load(store, { version: tableVersion(4) })).rejects.toThrow(
      refusal('TABLE_NOT_FOUND', 'its newest is 3'),
    )
    await expect(load(store, { asOf: epochMs(TEST_START - 1) })).rejects.toThrow(
      refusal('TABLE_NOT_FOUND', 'no version as old'),
    )
  })

  test('ignores all else that stands in the log', async () => {
    const { store, snapshot } = await tableOf(2)
    for (const name of [
      '.tmp',
      '00000000000000000001.crc',
      '00000000000000000000.00000000000000000001.compacted.json',
      'x.json',
    ]) {
      store.objects.set(`_delta_log/${name}`, entry({ junk: 1 }))
    }
    for (const name of ['_staged_commits/00000000000000000003.u.json', '_sidecars/u.parquet', '_last_checkpoint']) {
      store.objects.set(`_delta_log/${name}`, entry({ junk: 1 }))
    }
    expect(await load(store)).toEqual(snapshot)
  })

  test('fetches a bounded number of entries at a time, in one listing', async () => {
    const { store } = await tableOf(60)
    let [running, most, listings] = [0, 0, 0]
    const counted: ObjectStore = {
      ...store,
      get: async (key) => {
        most = Math.max(most, ++running)
        return store.get(key).finally(() => running--)
      },
      list: (...range) => {
        listings++
        return store.list(...range)
      },
    }
    await load(counted)
    expect({ most, listings }).toEqual({ most: LOG_FETCHES_MAX, listings: 1 })
  })

  test('reads an entry that the listing missed, and misses one that is gone', async () => {
    const { store, snapshot } = await tableOf(5)
    const hidden: ObjectStore = {
      ...store,
      async *list(prefix, startAfter) {
        for await (const info of store.list(prefix, startAfter)) if (info.key !== commitKey(tableVersion(3))) yield info
      },
    }
    expect(await load(hidden)).toEqual(snapshot)
    store.objects.delete(commitKey(tableVersion(3)))
    await expect(load(store)).rejects.toThrow(refusal('TABLE_CORRUPT', 'version 3'))
  })

  test('ends before an entry that is empty: its name is taken, and what goes into it is still to come', async () => {
    const { store, snapshot } = await tableOf(3)
    const key = commitKey(tableVersion(3))
    const whole = store.objects.get(key) as Uint8Array
    store.objects.set(key, new Uint8Array())
    const before = await load(store)
    expect(before.version).toBe(2)
    store.objects.set(key, whole)
    expect(await updateSnapshot(store, before)).toEqual(snapshot)
    expect(await loadSnapshot(tinyStore(new Map([[commitKey(tableVersion(0)), new Uint8Array()]])))).toBeUndefined()
  })

  test('takes an empty entry that others follow for a commit of nothing', async () => {
    const { store, snapshot } = await tableOf(3)
    store.objects.set(commitKey(tableVersion(4)), new Uint8Array())
    store.objects.set(commitKey(tableVersion(5)), entry({ add: rowsFile('b', 0, 5) }))
    expect(await load(store)).toMatchObject({ version: 5, files: { size: snapshot.files.size + 1 } })
  })

  test('needs version 0, or a checkpoint that can be read', async () => {
    const { store } = await tableOf(5)
    for (const version of [0, 1]) store.objects.delete(commitKey(tableVersion(version)))
    await expect(load(store)).rejects.toThrow(refusal('TABLE_CORRUPT', 'version 0'))
    store.objects.set('_delta_log/00000000000000000002.checkpoint.parquet', new Uint8Array())
    await expect(load(store)).rejects.toThrow(refusal('TABLE_CORRUPT', '2.checkpoint.parquet'))
  })

  test.each(['protocol', 'metaData'])('needs a %s', async (missing) => {
    const { store } = await tableOf(0)
    const key = commitKey(tableVersion(0))
    const lines = Buffer.from(store.objects.get(key) ?? [])
      .toString()
      .split('\n')
    store.objects.set(key, Buffer.from(lines.filter((line) => !line.startsWith(`{"${missing}"`)).join('\n')))
    await expect(load(store)).rejects.toThrow(refusal('TABLE_CORRUPT', `no ${missing}`))
  })

  test('needs a schema', async () => {
    const { store, snapshot } = await tableOf(0)
    const metaData = { ...snapshot.metadata, schemaString: undefined }
    store.objects.set(commitKey(tableVersion(1)), entry({ metaData }))
    await expect(load(store)).rejects.toThrow(refusal('TABLE_CORRUPT', 'no metaData with a schemaString'))
  })

  test('has timestamps that grow, whatever the entries say', async () => {
    const { store } = await tableOf(1)
    store.objects.set(commitKey(tableVersion(2)), entry({ commitInfo: { timestamp: TEST_START - 5000 } }))
    expect((await load(store)).timestamp).toBe(TEST_START + 1001)
  })

  test('replays removes, re-adds, newer txns and newer metaData', async () => {
    const { store, snapshot } = await tableOf(2)
    const [first = ''] = snapshot.files.keys()
    const metaData = { ...snapshot.metadata, name: 'renamed' }
    const txn = { appId: 'app', version: 3 }
    store.objects.set(
      commitKey(tableVersion(3)),
      entry({ remove: { path: first, dataChange: true } }, { txn }, { metaData }),
    )
    expect(await load(store)).toMatchObject({ metadata: { name: 'renamed' }, files: { size: 1 } })
    expect((await load(store)).txns.get('app')).toEqual(txn)
    store.objects.set(commitKey(tableVersion(4)), entry({ add: { ...rowsFile('app', 0, 10), size: 7 } }))
    expect((await load(store)).files.get(first)?.size).toBe(7)
  })

  test('knows a local file with and without its scheme as the same', async () => {
    const { store } = await tableOf(0)
    store.objects.set(commitKey(tableVersion(1)), entry({ add: { ...rowsFile('a', 0, 1), path: '/some/file' } }))
    expect((await load(store)).files.size).toBe(1)
    store.objects.set(commitKey(tableVersion(2)), entry({ remove: { path: 'file:///some/file' } }))
    expect((await load(store)).files.size).toBe(0)
  })
})

describe('an updated snapshot', () => {
  test('is the same one when nothing happened', async () => {
    const { store, snapshot } = await tableOf(2)
    expect(await updateSnapshot(store, snapshot)).toBe(snapshot)
  })

  test('reads only what came after, and leaves the older one alone', async () => {
    const { store, snapshot, context } = await tableOf(3)
    const before = new Map(snapshot.files)
    const files = [rowsFile('other', 0, 5)]
    await commitAppend(store, snapshot, { files, txns: [], operation: 'WRITE' }, context)
    const read: string[] = []
    const counted: ObjectStore = {
      ...store,
      get: (key) => {
        read.push(key)
        return store.get(key)
      },
    }
    expect(await updateSnapshot(counted, snapshot)).toEqual(await load(store))
    expect(read).toEqual([commitKey(tableVersion(4))])
    expect(snapshot.files).toEqual(before)
  })

  test('is loaded anew when its own entry is gone, and an error when the table is', async () => {
    const { store, snapshot } = await tableOf(3)
    const other = await tableOf(1)
    store.objects.clear()
    await expect(updateSnapshot(store, snapshot)).rejects.toThrow(refusal('TABLE_NOT_FOUND', 'is gone'))
    for (const [key, body] of other.store.objects) store.objects.set(key, body)
    expect((await updateSnapshot(store, snapshot)).version).toBe(1)
  })

  test('names an entry that is missing', async () => {
    const { store, snapshot } = await tableOf(3)
    store.objects.set(commitKey(tableVersion(5)), entry({ commitInfo: {} }))
    await expect(updateSnapshot(store, snapshot)).rejects.toThrow(refusal('TABLE_CORRUPT', 'version 4'))
  })
})
