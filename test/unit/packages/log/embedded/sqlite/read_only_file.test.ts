// An embedded log that is only read: from a folder that cannot be written to, in each state that a writer can leave it
// in, and never less than all of it.

import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, type TestContext, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import { readParts } from '#log/topic_reading'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { readOnlyView } from '#support/stores/read_only_folder'
import { temporaryFolder } from '#support/temporary_folder'

const TOPIC = 'numbers'
const PARTITIONS = 2

function open(folder: string, access: 'read' | 'write'): EventLog {
  const log = openEmbeddedLog({ path: join(folder, 'log.sqlite'), clock: systemClock, logger: silentLogger, access })
  onTestFinished(() => log.close())
  return log
}

/** A log with these values, still open. */
async function written(values: readonly string[]): Promise<{ folder: string; log: EventLog }> {
  const folder = temporaryFolder()
  const log = open(folder, 'write')
  await log.createTopics([{ topic: TOPIC, partitions: PARTITIONS }])
  await publish(log, values)
  return { folder, log }
}

const publish = (log: EventLog, values: readonly string[]) =>
  log.publish(values.map((value) => ({ topic: TOPIC, key: value, value })))

/** Everything in the topic, sorted. */
async function valuesIn(log: EventLog): Promise<string[]> {
  const values: string[] = []
  const take = (_at: unknown, { value }: { value: Uint8Array | null }) => values.push(String(Buffer.from(value ?? [])))
  const parts = await log.ranges(TOPIC)
  expect(await readParts(log, { parts, group: 'readers', signal: AbortSignal.timeout(20_000), take })).toBe(true)
  return values.sort()
}

function viewOf(folder: string, { skip }: Pick<TestContext, 'skip'>): string {
  return readOnlyView(folder) ?? skip('needs the right to mount a folder read-only')
}

test('a log that was closed in good order', async (context) => {
  const { folder, log } = await written(['1', '2', '3'])
  await log.close()
  expect(readdirSync(folder)).toEqual(['log.sqlite'])
  const view = viewOf(folder, context)
  expect(await valuesIn(open(view, 'read'))).toEqual(['1', '2', '3'])
  expect(readdirSync(folder)).toEqual(['log.sqlite'])
})

test('a log that another process is writing to, with what it writes meanwhile', async (context) => {
  const { folder, log } = await written(['1'])
  const reader = open(viewOf(folder, context), 'read')
  expect(await valuesIn(reader)).toEqual(['1'])
  await publish(log, ['2'])
  expect(await valuesIn(reader)).toEqual(['1', '2'])
})

/** What kill -9 leaves: records that only the -wal has. */
async function killed(): Promise<string> {
  const { folder } = await written(['1', '2'])
  const left = temporaryFolder()
  cpSync(folder, left, { recursive: true })
  return left
}

test('a log whose process was killed, with the records that stand in its -wal alone', async (context) => {
  expect(await valuesIn(open(viewOf(await killed(), context), 'read'))).toEqual(['1', '2'])
})

test('a -wal that cannot be read is refused, not passed over', async (context) => {
  const folder = await killed()
  rmSync(join(folder, 'log.sqlite-shm'))
  const view = viewOf(folder, context)
  expect(() => open(view, 'read')).toThrow(/log\.sqlite-wal, which cannot be read .* copy both files/)
})

test('a writer that begins while the file is read without locks is noticed', async (context) => {
  const { folder, log } = await written(['1'])
  await log.close()
  const view = viewOf(folder, context)
  if (view === folder) return context.skip('nobody can write here')
  const reader = open(view, 'read')
  await publish(open(folder, 'write'), ['2'])
  await expect(valuesIn(reader)).rejects.toMatchObject({ code: 'LOG_FAILED', retryable: true })
})

test('reading takes no partition from a running group and leaves no trace in it', async () => {
  const { folder, log } = await written(['1', '2', '3', '4'])
  const stop = new AbortController()
  const opened: number[] = []
  const running = log.run(
    { group: 'readers', topics: [TOPIC], commit: 'offsets', signal: stop.signal },
    {
      open: async ({ partition }, { logStart }) => {
        opened.push(partition)
        return logStart
      },
      process: async () => [],
      close() {},
    },
  )
  await expect.poll(() => opened.length).toBe(PARTITIONS)
  expect(await valuesIn(open(folder, 'read'))).toEqual(['1', '2', '3', '4'])
  expect(opened).toHaveLength(PARTITIONS)
  stop.abort()
  await running
})

test('a log that is only read refuses to be written to', async () => {
  const { folder } = await written(['1'])
  const reader = open(folder, 'read')
  await expect(publish(reader, ['2'])).rejects.toMatchObject({ code: 'LOG_FAILED' })
})

test('a log that is not there, or empty, is not made', async () => {
  const folder = temporaryFolder()
  expect(() => open(folder, 'read')).toThrow(/there is no embedded log .*log\.sqlite; check DATA_DIR/)
  expect(existsSync(join(folder, 'log.sqlite'))).toBe(false)
  writeFileSync(join(folder, 'log.sqlite'), '')
  expect(() => open(folder, 'read')).toThrow(expect.objectContaining({ code: 'LOG_TOPIC_MISSING' }))
})
