// Our own statements over tables, in a child that stays.

import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { loadSnapshot } from '#delta/snapshot'
import { type Condition, localTable } from '#lake-sql/lake_source'
import { LakeReader, type ReaderOptions } from '#lake-sql/reader/lake_reader'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { createSampleLake } from '#support/lake/sql_lake'
import { newFolder, removeFolder, temporaryFolder } from '#support/temporary_folder'

let lake = ''
beforeAll(async () => {
  lake = newFolder()
  await createSampleLake(lake)
})
afterAll(() => removeFolder(lake))

const { signal } = new AbortController()

function openReader(options: Partial<ReaderOptions> = {}): LakeReader {
  const reader = new LakeReader({ folders: [lake], ...options })
  onTestFinished(() => reader.close())
  return reader
}

async function tableOf(name: string, conditions: readonly Condition[] = [], root = lake) {
  const store = openFilesystemStore({ root: join(root, name) })
  const snapshot = await loadSnapshot(store)
  const cache = { folder: 'unused', bytesMax: 0, clock: systemClock, newId: () => 'x' }
  return localTable({ table: { name, store }, snapshot }, { [name]: [conditions] }, { cache })
}

/** Longer than any test: it is not about that limit, which a busy machine could meet. */
const NO_LIMIT_MS = 600_000

function isThere(pid: number | undefined): boolean {
  return pid !== undefined && existsSync(`/proc/${pid}/stat`)
}

/** Nothing that DuckDB does is longer than this. */
const ENDLESS = 'SELECT count(*)::DOUBLE FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range < 0'

describe('a read', () => {
  test('gives the rows of its tables as values, lists among them', async () => {
    const reader = openReader()
    const counts = `SELECT symbol, count(*)::DOUBLE, bool_and(complete),
        list(revision::DOUBLE ORDER BY source_offset)[:2]
      FROM bars_1m GROUP BY symbol ORDER BY symbol`
    expect(await reader.read({ tables: [await tableOf('bars_1m')], sql: counts }, signal)).toEqual([
      ['AAPL', 21, true, [0, 0]],
      ['MSFT', 19, true, [0, 0]],
    ])
    const none = 'SELECT max(price) FROM stocks WHERE price < 0'
    expect(await reader.read({ tables: [await tableOf('stocks')], sql: none }, signal)).toEqual([[null]])
  })

  test('leaves nothing behind: the same process serves the next one, with other files of the same table', async () => {
    const reader = openReader()
    const day = { kind: 'compare', column: 'date', comparison: '=', constant: { type: 'DATE', value: 20_777 } } as const
    const sql = 'SELECT count(*)::DOUBLE FROM stocks'
    expect(await reader.read({ tables: [await tableOf('stocks')], sql }, signal)).toEqual([[400]])
    const pid = await reader.pid()
    expect(await reader.read({ tables: [await tableOf('stocks', [day])], sql }, signal)).toEqual([[180]])
    await expect(reader.read({ tables: [], sql }, signal)).rejects.toMatchObject({ code: 'SQL_FAILED' })
    expect(await reader.pid()).toBe(pid)
  })

  test('cannot open other files than those of the folders', async () => {
    const other = temporaryFolder()
    await createSampleLake(other)
    const read = openReader().read({ tables: [await tableOf('stocks', [], other)], sql: 'FROM stocks' }, signal)
    await expect(read).rejects.toThrow(/Permission Error/)
  })

  test('of a file that is gone says so', async () => {
    const folder = temporaryFolder()
    await createSampleLake(folder)
    const table = await tableOf('alerts', [], folder)
    rmSync(join(folder, 'alerts', 'date=2026-11-21'), { recursive: true })
    const sql = 'SELECT count(*)::DOUBLE FROM alerts'
    const read = openReader({ folders: [folder] }).read({ tables: [table], sql }, signal)
    await expect(read).rejects.toMatchObject({ code: 'TABLE_CORRUPT' })
  })
})

describe('a read that takes too long', () => {
  test('is broken off, and the process goes on', async () => {
    const reader = openReader({ timeoutMs: 1500, cancelMs: NO_LIMIT_MS })
    const read = reader.read({ tables: [], sql: ENDLESS }, signal)
    await expect(read).rejects.toMatchObject({ code: 'SQL_LIMIT', message: expect.stringContaining('1500 ms') })
    const pid = await reader.pid()
    expect(await reader.read({ tables: [], sql: 'SELECT 1::DOUBLE' }, signal)).toEqual([[1]])
    expect(await reader.pid()).toBe(pid)
  })

  test('stops when its caller leaves, and one that has not begun never begins', async () => {
    const reader = openReader()
    await reader.read({ tables: [], sql: 'SELECT 1::DOUBLE' }, signal)
    const [leaving, waiting] = [new AbortController(), new AbortController()]
    const reads = [ENDLESS, ENDLESS].map((sql, i) =>
      reader.read({ tables: [], sql }, (i === 0 ? leaving : waiting).signal),
    )
    waiting.abort()
    setTimeout(() => leaving.abort(), 200)
    for (const read of reads) await expect(read).rejects.toMatchObject({ code: 'STOPPED' })
    expect(await reader.read({ tables: [], sql: 'SELECT 2::DOUBLE' }, signal)).toEqual([[2]])
  })
})

/** Reads that are left at many moments; some of them are over by then. */
const LEFT_READS = 600
/** Endless ones that are left within 3 ms. */
const LEFT_BEGINNINGS = 200

describe('a read that is left at any moment', () => {
  test('leaves a process that goes on', { timeout: 120_000 }, async () => {
    const reader = openReader({ timeoutMs: NO_LIMIT_MS, cancelMs: NO_LIMIT_MS })
    await reader.read({ tables: [], sql: 'SELECT 1::DOUBLE' }, signal)
    const pid = await reader.pid()
    const codes = new Set<string>()
    for (let i = 0; i < LEFT_READS; i++) {
      const leaving = new AbortController()
      setTimeout(() => leaving.abort(), (i % 16) / 4)
      const sql = `SELECT sum(range)::DOUBLE FROM range(${(i * 7919) % 300_000})`
      await reader.read({ tables: [], sql }, leaving.signal).catch(({ code }) => codes.add(code))
      expect(await reader.read({ tables: [], sql: `SELECT ${i}::DOUBLE` }, signal)).toEqual([[i]])
    }
    expect([...codes]).toEqual(['STOPPED'])
    expect(await reader.pid()).toBe(pid)
  })

  test('is broken off also when it has hardly begun', { timeout: 120_000 }, async () => {
    const reader = openReader({ timeoutMs: NO_LIMIT_MS, cancelMs: NO_LIMIT_MS })
    await reader.read({ tables: [], sql: 'SELECT 1::DOUBLE' }, signal)
    const pid = await reader.pid()
    for (let i = 0; i < LEFT_BEGINNINGS; i++) {
      const leaving = new AbortController()
      const read = reader.read({ tables: [], sql: ENDLESS }, leaving.signal)
      const begun = performance.now()
      const leave = () => {
        if (performance.now() - begun < (i % 100) * 0.03) setImmediate(leave)
        else leaving.abort()
      }
      setImmediate(leave)
      await expect(read).rejects.toMatchObject({ code: 'STOPPED' })
      expect(await reader.read({ tables: [], sql: `SELECT ${i}::DOUBLE` }, signal)).toEqual([[i]])
    }
    expect(await reader.pid()).toBe(pid)
  })
})

describe('the process', () => {
  test('may die: the read fails, and the next one has another', async () => {
    const reader = openReader()
    await reader.read({ tables: [], sql: 'SELECT 1::DOUBLE' }, signal)
    const pid = await reader.pid()
    const read = reader.read({ tables: [], sql: ENDLESS }, signal)
    setTimeout(() => process.kill(pid as number, 'SIGTERM'), 200)
    await expect(read).rejects.toMatchObject({ code: 'SQL_FAILED', retryable: true })
    expect(await reader.read({ tables: [], sql: 'SELECT 1::DOUBLE' }, signal)).toEqual([[1]])
    expect(await reader.pid()).not.toBe(pid)
  })

  test('ends when nobody reads for long, and the next read has another', async () => {
    const reader = openReader({ idleMs: 50 })
    await reader.read({ tables: [], sql: 'SELECT 1::DOUBLE' }, signal)
    const pid = await reader.pid()
    await expect.poll(() => isThere(pid)).toBe(false)
    expect(await reader.read({ tables: [], sql: 'SELECT 2::DOUBLE' }, signal)).toEqual([[2]])
    expect(await reader.pid()).not.toBe(pid)
  })

  test('that dies between reads is replaced before the next one', async () => {
    const reader = openReader()
    const one = { tables: [], sql: 'SELECT 1::DOUBLE' }
    await reader.read(one, signal)
    const pid = await reader.pid()
    process.kill(pid as number, 'SIGKILL')
    await expect.poll(() => isThere(pid)).toBe(false)
    expect(await reader.read(one, signal)).toEqual([[1]])
    expect(await reader.pid()).not.toBe(pid)
  })

  test('and its folder go when the reader is closed', async () => {
    const temporary = temporaryFolder()
    vi.stubEnv('TMPDIR', temporary)
    onTestFinished(() => void vi.unstubAllEnvs())
    const reader = new LakeReader({ folders: [lake] })
    reader.warmUp()
    await reader.read({ tables: [], sql: 'SELECT 1::DOUBLE' }, signal)
    expect(readdirSync(temporary)).toEqual([expect.stringMatching(/^tickerlake-read-/)])
    const pid = await reader.pid()
    await reader.close()
    await expect.poll(() => isThere(pid)).toBe(false)
    expect(readdirSync(temporary)).toEqual([])
    await expect(reader.read({ tables: [], sql: 'SELECT 1' }, signal)).rejects.toMatchObject({ code: 'STOPPED' })
  })
})
