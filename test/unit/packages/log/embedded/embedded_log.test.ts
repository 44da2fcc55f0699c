// What only the embedded log promises: times that never go back, one file shared by clients, bounded rows, repeated
// opens.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import {
  HANDED_BATCH_RECORDS_MAX,
  PAGE_BYTES,
  STORED_BATCH_BYTES_MAX,
  STORED_BATCH_RECORDS_MAX,
} from '#log/embedded/limits'
import type { EventLog, NewRecord, RecordBatch } from '#log/event_log'
import { type Clock, systemClock } from '#runtime/clock'
import { createLogger, silentLogger } from '#runtime/logger'
import { epochMs } from '#runtime/units'
import { startRun } from '../../../../contract/event_log/stage.ts'

const folder = mkdtempSync(join(tmpdir(), 'tickerlake-embedded-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
const freshPath = () => join(folder, `log-${files++}.sqlite`)
const openLog = (path: string, clock: Clock = systemClock) => openEmbeddedLog({ path, clock, logger: silentLogger })

async function batchesOf(log: EventLog, topic: string): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = []
  const { signal } = new AbortController()
  await log.run(
    { group: 'reader', topics: [topic], commit: 'offsets', bounded: true, signal },
    {
      open: async (_, start) => start.logStart,
      process: async (batch) => {
        batches.push(batch)
        return []
      },
      close: () => {},
    },
  )
  return batches
}

function filled(count: number, valueBytes: number): NewRecord[] {
  return Array.from({ length: count }, () => ({
    topic: 'topic',
    partition: 0,
    key: null,
    value: 'v'.repeat(valueBytes),
  }))
}

function pageBytesOf(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true })
  const row = database.prepare('PRAGMA page_size').get()
  database.close()
  return row?.page_size
}

describe('the embedded log', () => {
  test('has large pages, and goes on with a file of the smaller ones that were made before', async () => {
    const [made, before] = [freshPath(), freshPath()]
    const earlier = new DatabaseSync(before)
    // A table, so that the file is written.
    earlier.exec('PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; CREATE TABLE t (c); DROP TABLE t')
    earlier.close()
    for (const path of [made, before]) {
      const log = openLog(path)
      await log.createTopics([{ topic: 'topic', partitions: 1 }])
      await log.publish(filled(3_000, 200))
      const batches = await batchesOf(log, 'topic')
      expect(batches.reduce((sum, { count }) => sum + count, 0)).toBe(3_000)
      await log.close()
    }
    expect([pageBytesOf(made), pageBytesOf(before)]).toEqual([PAGE_BYTES, 4_096])
  })

  test('stamps records by the clock, and never goes back with it', async () => {
    let now = 5_000
    const log = openLog(freshPath(), { ...systemClock, now: () => epochMs(now) })
    await log.createTopics([{ topic: 'topic', partitions: 1 }])
    for (const time of [5_000, 6_000, 4_000, 6_500]) {
      now = time
      await log.publish([{ topic: 'topic', key: 'k', value: 'v' }])
    }
    const records = (await batchesOf(log, 'topic')).flatMap((batch) => batch.records)
    expect(records.map((record) => record.timestamp)).toEqual([5_000, 6_000, 6_000, 6_500])
    await log.close()
  })

  test('stores a large publish as rows of bounded size and hands over batches of bounded size', async () => {
    const path = freshPath()
    const log = openLog(path)
    await log.createTopics([{ topic: 'topic', partitions: 1 }])
    await log.publish([...filled(25_000, 10), ...filled(40, 100_000)])
    const sqlite = new DatabaseSync(path)
    const row = sqlite.prepare('SELECT max(count) AS count, max(length(records)) AS bytes FROM batches').get()
    sqlite.close()
    expect(row?.count).toBe(STORED_BATCH_RECORDS_MAX)
    expect(row?.bytes).toBeLessThanOrEqual(STORED_BATCH_BYTES_MAX + 10_000)
    const sizes = (await batchesOf(log, 'topic')).map((batch) => batch.records.length)
    expect(Math.max(...sizes)).toBeLessThan(HANDED_BATCH_RECORDS_MAX + STORED_BATCH_RECORDS_MAX)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(25_040)
    await log.close()
  })

  test('writes nothing of a publish that holds a record which is too large', async () => {
    const log = openLog(freshPath())
    await log.createTopics([{ topic: 'topic', partitions: 1 }])
    const records = [...filled(30_000, 1), ...filled(1, 9 * 1024 * 1024)]
    await expect(log.publish(records)).rejects.toMatchObject({ code: 'LOG_RECORD_TOO_LARGE' })
    expect((await log.ranges('topic'))[0]?.end).toBe(0)
    await log.close()
  })

  test('refuses a partition that the topic does not have', async () => {
    const log = openLog(freshPath())
    await log.createTopics([{ topic: 'topic', partitions: 2 }])
    const outside = log.publish([{ topic: 'topic', partition: 2, key: null, value: 'v' }])
    await expect(outside).rejects.toMatchObject({ code: 'LOG_FAILED', retryable: false })
    await log.close()
  })

  test('joins its group a heartbeat later when another process keeps the file locked, and misses nothing', async () => {
    const path = freshPath()
    const said: string[] = []
    const write = (text: string) => {
      said.push(text)
      other.close()
    }
    const logger = createLogger({ level: 'warn', format: 'json', write })
    const log = openEmbeddedLog({ path, clock: systemClock, logger, memberTimeoutMs: 1_000 })
    await log.createTopics([{ topic: 'topic', partitions: 1 }])
    await log.publish(filled(3, 10))
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    // Held until it is told that the file is locked.
    expect((await batchesOf(log, 'topic')).map((batch) => batch.count)).toEqual([3])
    const message = 'another process keeps the embedded log locked; the next heartbeat tries again'
    expect(said.map((line) => JSON.parse(line))).toEqual([expect.objectContaining({ msg: message, path })])
    await log.close()
  })

  test('stops its runs in good order when it is closed', async () => {
    const log = openLog(freshPath())
    await log.createTopics([{ topic: 'topic', partitions: 1 }])
    const events: string[] = []
    const opened = Promise.withResolvers<void>()
    const running = log.run(
      { group: 'group', topics: ['topic'], commit: 'transaction', signal: new AbortController().signal },
      {
        open: async (_, start) => {
          opened.resolve()
          return start.logStart
        },
        process: async () => [],
        flush: async () => {
          events.push('flush')
          return []
        },
        close: () => events.push('close'),
      },
    )
    await opened.promise
    await log.close()
    await running
    expect(events).toEqual(['flush', 'close'])
    await log.close()
  })

  test('begins a partition anew that it lost and got back while its processor was busy', async () => {
    const path = freshPath()
    const log = openLog(path)
    await log.createTopics([{ topic: 'topic', partitions: 1 }])
    await log.publish(filled(3, 1))
    const gate = Promise.withResolvers<void>()
    const calls: string[] = []
    const run = startRun(
      log,
      { group: 'group', topics: ['topic'], commit: 'transaction' },
      {
        open: async (_, start) => {
          calls.push('open')
          return start.committed?.offset ?? start.logStart
        },
        process: async ({ topic, partition, next }) => {
          calls.push('process')
          await gate.promise
          return [{ topic, partition, next, metadata: '', outputs: [] }]
        },
        close: () => calls.push('close'),
      },
    )
    await run.until(() => calls.includes('process'), 'the processor is busy')
    const sqlite = new DatabaseSync(path)
    sqlite.exec('DELETE FROM members; DELETE FROM leases; UPDATE log SET membership_changes = membership_changes + 1')
    await run.until(() => sqlite.prepare('SELECT 1 FROM leases').get() !== undefined, 'the partition is taken again')
    sqlite.close()
    gate.resolve()
    await run.until(async () => (await log.committed('group', 'topic')).get(0)?.offset === 3, 'a commit')
    await run.stop()
    expect(calls).toEqual(['open', 'process', 'close', 'open', 'process', 'close'])
    await log.close()
  })

  test('is created once when several processes open it at the same moment', async () => {
    const path = freshPath()
    const module = new URL('../../../../contract/embedded_log_child.ts', import.meta.url).href
    const code = `import { openLog } from '${module}'
      const log = await openLog(process.argv[1])
      await log.createTopics([{ topic: 'topic', partitions: 3 }])
      for (let i = 0; i < 20; i++) await log.publish([{ topic: 'topic', key: null, value: 'v' }])
      console.log(await log.clusterId(), (await log.describeTopics(['topic']))[0].id)
      await log.close()`
    const outputs = await Promise.all([1, 2, 3, 4].map(() => outputOf(code, path)))
    expect(new Set(outputs).size).toBe(1)
    const log = openLog(path)
    const ends = (await log.ranges('topic')).map((range) => range.end)
    expect(ends.reduce((sum, end) => sum + end, 0)).toBe(80)
    await log.close()
  })
})

async function outputOf(code: string, argument: string): Promise<string> {
  const args = ['--input-type=module', '--eval', code, argument]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const [exitCode] = await once(child, 'close')
  expect(exitCode).toBe(0)
  return Buffer.concat(chunks).toString()
}
