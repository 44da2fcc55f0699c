// Following in virtual time: rounds, new tables, failures that pass and those that do not, leases, and the end.

import { expect, test } from 'vitest'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { virtualClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import type { TableVersion } from '#runtime/units'
import { copierParts } from '#support/stores/copier_parts'
import { type CopiedTable, type CopyPass, type FollowParts, followTables } from '#table-copy/follow'
import { LEASE_KEY } from '#table-copy/lease'
import {
  COPY_TABLES_MAX,
  FOLLOW_REST_MAX_MS,
  LEASE_BEAT_MS,
  LEASE_LOOK_MS,
  LEASE_LOOKS_MAX,
  LEASE_SETTLE_MS,
} from '#table-copy/limits'

const POLL_MS = 5_000

/** A pass over any objects: those that the target lacks, in order. Their number is the version. */
const copyObjects: CopyPass = async (source, target, { signal, onProgress }) => {
  const keys: string[] = []
  for await (const { key } of source.list('data/')) keys.push(key)
  let entries = 0
  for (const key of keys) {
    if (signal?.aborted)
      throw signal.reason instanceof PlatformError ? signal.reason : new PlatformError('STOPPED', 'x')
    if ((await target.putIfAbsent(key, (await source.get(key)) as Uint8Array)) === 'created') entries++
    const version = keys.length as TableVersion
    onProgress?.({ version, to: version, files: 1, bytes: 1, filesPlanned: 1, bytesPlanned: 1 })
  }
  const facts = {
    from: undefined,
    to: keys.length as TableVersion,
    files: 0,
    bytes: 0,
    skippedFiles: 0,
    checkpoints: 0,
  }
  const protocol = { minReaderVersion: 1, minWriterVersion: 2 }
  const metadata = { id: 'x', format: { provider: 'parquet', options: {} }, schemaString: '', partitionColumns: [] }
  return { ...facts, entries, inCommitTimestamps: false, protocol, metadata: { ...metadata, configuration: {} } }
}

function rig(copyTable: CopyPass = copyObjects) {
  const clock = virtualClock(0)
  const stop = new AbortController()
  const tables: CopiedTable[] = []
  const said: string[] = []
  let finding: () => Promise<readonly CopiedTable[]> = async () => tables
  const parts: FollowParts = {
    ...copierParts('us', clock, { signal: stop.signal }),
    ...{ copyTable, pollMs: POLL_MS, findTables: () => finding() },
    events: {
      onProgress() {},
      onPass: ({ name }, { entries }) => void said.push(`${name} +${entries}`),
      onFailure: (table, { code }, waitMs) => void said.push(`${table?.name ?? 'all'} ${code} ${waitMs}`),
      onWait: ({ name }, holder) => void said.push(`${name} waits for ${holder?.id}`),
      onRound() {},
    },
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return {
    said,
    stop,
    tables,
    /** Adds a table, or an object to one. */
    async write(name: string, key: string) {
      let table = tables.find((each) => each.name === name)
      if (table === undefined) {
        table = { name, source: openMemoryStore(clock), target: openMemoryStore(clock) }
        tables.push(table)
      }
      await table.source.put(`data/${key}`, Buffer.from(key))
      return table
    },
    failFinding(error: PlatformError | undefined) {
      finding = async () => {
        if (error !== undefined) throw error
        return tables
      }
    },
    start() {
      const state: { ended?: true; error?: unknown } = {}
      const run = followTables(parts)
        .catch((error) => void Object.assign(state, { error }))
        .finally(() => Object.assign(state, { ended: true }))
      return { state, run }
    },
    async advance(ms: number) {
      await turn()
      await clock.advance(ms)
      await turn()
    },
    /** What was said since the last time. */
    news: () => said.splice(0),
  }
}

const failing = (code: 'STORE_FAILED' | 'TABLE_CONFLICT') =>
  new PlatformError(code, 'failed', { retryable: code === 'STORE_FAILED' })

const leaseAt = async (store: ObjectStore) => {
  const bytes = await store.get(LEASE_KEY)
  return bytes && (JSON.parse(Buffer.from(bytes).toString()).id as string)
}

test('commits are picked up round after round, and new tables too', async () => {
  const { write, start, advance, news, stop } = rig()
  await write('a', '1')
  const { run, state } = start()
  await advance(1)
  expect(news()).toEqual(['a +1'])
  await write('a', '2')
  await write('b', '1')
  await write('b', '2')
  await advance(POLL_MS)
  expect(news()).toEqual(['a +1', 'b +2'])
  await advance(POLL_MS)
  expect(news()).toEqual(['a +0', 'b +0'])
  stop.abort()
  await run
  expect(state).toEqual({ ended: true })
})

test('without any table it waits for one', async () => {
  const { write, start, advance, news, stop } = rig()
  const { run } = start()
  await advance(POLL_MS * 3)
  await write('late', '1')
  await advance(POLL_MS)
  expect(news()).toEqual(['late +1'])
  stop.abort()
  await run
})

test('a lease is held between rounds, and given back at the end', async () => {
  const { write, start, advance, stop } = rig()
  const { target } = await write('a', '1')
  const { run } = start()
  await advance(POLL_MS * 2 + 1_000)
  expect(await leaseAt(target)).toBe('us')
  stop.abort()
  await run
  expect(await leaseAt(target)).toBeUndefined()
})

test('a table that fails rests longer each time, and holds up no other; then all is forgotten', async () => {
  let isBroken = true
  const { write, start, advance, news, stop } = rig(async (source, target, options) => {
    if (isBroken && (await source.get('data/broken')) !== undefined) throw failing('STORE_FAILED')
    return copyObjects(source, target, options)
  })
  await write('bad', 'broken')
  await write('good', '1')
  const { run } = start()
  await advance(1)
  await advance(POLL_MS * 30)
  const told = news()
  const waits = told.filter((text) => text.startsWith('bad')).map((text) => Number(text.split(' ')[2]))
  expect(waits.slice(0, 6)).toEqual(
    [5_000, 10_000, 20_000, 40_000, FOLLOW_REST_MAX_MS, FOLLOW_REST_MAX_MS].slice(0, waits.length),
  )
  expect(waits.length).toBeGreaterThan(4)
  expect(told.filter((text) => text.startsWith('good')).length).toBe(31)
  isBroken = false
  await advance(FOLLOW_REST_MAX_MS)
  expect(news()).toContain('bad +1')
  isBroken = true
  await advance(POLL_MS)
  expect(news()).toContain('bad STORE_FAILED 5000')
  stop.abort()
  await run
})

test('a table that needs help does not end the others; when none is left, it ends with the reason', async () => {
  const broken = new Set<string>()
  const { write, start, advance, news } = rig(async (source, target, options) => {
    for (const key of broken) if ((await source.get(`data/${key}`)) !== undefined) throw failing('TABLE_CONFLICT')
    return copyObjects(source, target, options)
  })
  await write('a', 'of-a')
  const { target } = await write('b', 'of-b')
  broken.add('of-a')
  const { run, state } = start()
  await advance(POLL_MS)
  expect(news().slice(0, 2)).toEqual(['a TABLE_CONFLICT 5000', 'b +1'])
  expect(state).toEqual({})
  broken.add('of-b')
  await advance(POLL_MS)
  await run
  expect(state.error).toMatchObject({ code: 'TABLE_CONFLICT' })
  expect(await leaseAt(target)).toBeUndefined()
})

test('a table that is known to be none to copy is told, and not touched', async () => {
  const { write, tables, start, advance, news, stop } = rig()
  const { source, target } = await write('a', 'one')
  tables.push({ name: 'b c', source, target: openMemoryStore(), fault: failing('TABLE_CONFLICT') })
  const { run } = start()
  await advance(POLL_MS)
  expect(news()).toEqual(['b c TABLE_CONFLICT 5000', 'a +1', 'b c TABLE_CONFLICT 10000', 'a +0'])
  expect(await leaseAt(target)).toBe('us')
  stop.abort()
  await run
})

test('tables that cannot be listed for the moment are asked for again', async () => {
  const { write, start, advance, news, failFinding, stop } = rig()
  await write('a', '1')
  failFinding(failing('STORE_FAILED'))
  const { run, state } = start()
  await advance(POLL_MS * 3)
  expect(news()).toEqual(['all STORE_FAILED 5000', 'all STORE_FAILED 10000', 'all STORE_FAILED 20000'])
  failFinding(undefined)
  await advance(20_000)
  expect(news()).toContain('a +1')
  failFinding(failing('TABLE_CONFLICT'))
  await advance(POLL_MS)
  await run
  expect(state.error).toMatchObject({ code: 'TABLE_CONFLICT' })
  stop.abort()
})

test('a table with another copier is refused, and tried again', async () => {
  const { write, start, advance, news, stop } = rig()
  const { target } = await write('a', '1')
  await write('b', '1')
  const beat = (count: number) =>
    target.put(LEASE_KEY, Buffer.from(JSON.stringify({ id: 'other', host: 'h', processId: 1, beat: count })))
  await beat(1)
  const { run } = start()
  await advance(1_500)
  await beat(2)
  await advance(1_000)
  expect(news()).toEqual(['a waits for other', 'b +1', 'a TARGET_IN_USE 5000'])
  await target.delete(LEASE_KEY)
  await advance(POLL_MS * 2)
  expect(news()).toContain('a +1')
  stop.abort()
  await run
})

test('a lease that another copier took over is told once, and the other one is left alone', async () => {
  const { write, start, advance, news, stop } = rig()
  const { target } = await write('a', '1')
  await write('b', '1')
  const { run } = start()
  await advance(1)
  news()
  await target.put(LEASE_KEY, Buffer.from(JSON.stringify({ id: 'other', host: 'h', processId: 1, beat: 1 })))
  await advance(LEASE_BEAT_MS + POLL_MS)
  expect(news().filter((text) => text.startsWith('a TARGET_IN_USE'))).toEqual(['a TARGET_IN_USE 5000'])
  expect(await leaseAt(target)).toBe('other')
  stop.abort()
  await run
  expect(await leaseAt(target)).toBe('other')
})

test('the leases of a dead copier are watched beside each other, not table after table', async () => {
  const { write, start, advance, news, stop } = rig()
  for (const name of ['a', 'b', 'c']) {
    const { target } = await write(name, '1')
    await target.put(LEASE_KEY, Buffer.from(JSON.stringify({ id: 'dead', host: 'h', processId: 1, beat: 1 })))
  }
  const { run } = start()
  await advance(1)
  expect(news()).toEqual(['a waits for dead', 'b waits for dead', 'c waits for dead'])
  await advance(LEASE_LOOK_MS * LEASE_LOOKS_MAX + LEASE_SETTLE_MS)
  expect(news().slice(0, 3)).toEqual(['a +1', 'b +1', 'c +1'])
  stop.abort()
  await run
})

test('a table that is at it for long holds up none of the others, and has no second pass meanwhile', async () => {
  const done = Promise.withResolvers<void>()
  const { write, start, advance, news, stop } = rig(async (source, target, options) => {
    if ((await source.get('data/large')) !== undefined) await done.promise
    return copyObjects(source, target, options)
  })
  await write('a', 'large')
  await write('b', '1')
  const { run } = start()
  await advance(1)
  expect(news()).toEqual(['b +1'])
  await write('b', '2')
  await write('c', '1')
  await advance(POLL_MS)
  expect(news().toSorted()).toEqual(['b +1', 'c +1'])
  done.resolve()
  await advance(1)
  expect(news()).toEqual(['a +1'])
  await advance(POLL_MS)
  expect(news().toSorted()).toEqual(['a +0', 'b +0', 'c +0'])
  stop.abort()
  await run
})

test('so many tables are at work at the same time, and all of them in one room', async () => {
  const [rooms, widths] = [new Set<unknown>(), [] as number[]]
  let atWork = 0
  const { write, start, advance, news, stop } = rig(async (source, target, options) => {
    rooms.add(options.room)
    widths.push(++atWork)
    for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve))
    atWork--
    return copyObjects(source, target, options)
  })
  for (let at = 0; at < COPY_TABLES_MAX * 3; at++) await write(`t${at}`, '1')
  const { run } = start()
  for (let at = 0; at < 30; at++) await advance(1)
  expect(news()).toHaveLength(COPY_TABLES_MAX * 3)
  expect(Math.max(...widths)).toBe(COPY_TABLES_MAX)
  expect(rooms.size).toBe(1)
  expect(rooms.has(undefined)).toBe(false)
  stop.abort()
  await run
})

test('what none expected ends it, and the passes at work with it', async () => {
  const { write, start, advance, news } = rig(async (source, _target, { signal }) => {
    if ((await source.get('data/bug')) !== undefined) throw new TypeError('a bug')
    await new Promise((resolve) => signal?.addEventListener('abort', resolve))
    throw new PlatformError('STOPPED', 'stopped')
  })
  const { target } = await write('a', 'long')
  await write('b', 'bug')
  const { run, state } = start()
  await advance(POLL_MS)
  await run
  expect(state.error).toEqual(new TypeError('a bug'))
  expect(news()).toEqual([])
  expect(await leaseAt(target)).toBeUndefined()
})

test('a pass that is told to end ends, without a word of failure', async () => {
  const begun = Promise.withResolvers<void>()
  const { write, start, advance, news, stop } = rig(async (_source, _target, { signal }) => {
    begun.resolve()
    await new Promise((resolve) => signal?.addEventListener('abort', resolve))
    throw new PlatformError('STOPPED', 'stopped')
  })
  await write('a', '1')
  const { run, state } = start()
  await begun.promise
  stop.abort()
  await advance(1)
  await run
  expect(state).toEqual({ ended: true })
  expect(news()).toEqual([])
})
