// What the EventLog contract's tests stand on: the fixture, topics and groups of their own, and runs that are watched.
// Every processor is wrapped so that two calls for one partition at once fail the run: the port forbids them.

import { expect } from 'vitest'
import type { EventLog, LogRecord, Processor, RunOptions, TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import { systemClock } from '#runtime/clock'
import { textOf } from './copier.ts'

/** A test may take this long: groups on a real broker need seconds to form and more to notice a death. */
export const CONTRACT_TIMEOUT_MS = 180_000
const UNTIL_TIMEOUT_MS = 90_000
const UNTIL_INTERVAL_MS = 10

/** What an implementation's spec hands in. */
export interface EventLogFixture {
  /** Another client of the same log: a second member, or the log after a restart. The caller closes it. */
  open(): Promise<EventLog>
  /** A topic name that was never used in this log. Creates nothing. */
  topic(prefix: string): string
  /** Ends the log and whatever the fixture started. Clients are closed before. */
  close(): Promise<void>
  /**
   * How a child process opens the same log: it imports `module` (a file URL) and calls its export
   * `openLog(argument: string): Promise<EventLog>`. Absent: the tests that kill processes are skipped.
   */
  readonly child?: { readonly module: string; readonly argument: string }
}

/** A run of the test's own. */
export interface WatchedRun {
  /** How the run ended; never rejects. */
  readonly ended: Promise<{ readonly error?: unknown }>
  /** Waits for the condition; throws the run's own error when it fails before. */
  until(condition: () => boolean | Promise<boolean>, what: string): Promise<void>
  /** Aborts the run and waits for its end, which must be a good one. */
  stop(): Promise<void>
}

/** The fixture with one client that all tests share. */
export class Stage {
  readonly #make: () => Promise<EventLogFixture>
  #fixture: EventLogFixture | undefined
  #log: EventLog | undefined
  readonly #clients = new Set<EventLog>()

  constructor(make: () => Promise<EventLogFixture>) {
    this.#make = make
  }

  async raise(): Promise<void> {
    this.#fixture = await this.#make()
    this.#log = await this.open()
  }

  async strike(): Promise<void> {
    for (const client of this.#clients) await client.close()
    await this.#fixture?.close()
  }

  get fixture(): EventLogFixture {
    if (this.#fixture === undefined) throw new Error('the stage was not raised')
    return this.#fixture
  }

  /** The shared client. */
  get log(): EventLog {
    if (this.#log === undefined) throw new Error('the stage was not raised')
    return this.#log
  }

  /** One more client, closed at the end of the suite unless the test does it. */
  async open(): Promise<EventLog> {
    const client = await this.fixture.open()
    this.#clients.add(client)
    return client
  }

  async close(client: EventLog): Promise<void> {
    this.#clients.delete(client)
    await client.close()
  }

  /** Creates a topic of the test's own. */
  async topic(prefix: string, partitions = 1): Promise<string> {
    const topic = this.fixture.topic(prefix)
    await this.log.createTopics([{ topic, partitions, config: { 'message.timestamp.type': 'LogAppendTime' } }])
    return topic
  }

  /** A group of the test's own. */
  group(): string {
    return this.fixture.topic('group')
  }
}

/** Runs a processor and watches it. */
export function startRun(log: EventLog, options: Omit<RunOptions, 'signal'>, processor: Processor): WatchedRun {
  const abort = new AbortController()
  let outcome: { error?: unknown } | undefined
  const settle = (result: { error?: unknown }) => {
    outcome = result
    return result
  }
  const ended = log.run({ ...options, signal: abort.signal }, withoutOverlap(processor)).then(
    () => settle({}),
    (error: unknown) => settle({ error }),
  )
  return {
    ended,
    until: (condition, what) =>
      until(async () => {
        if (outcome !== undefined && 'error' in outcome) throw outcome.error
        return await condition()
      }, what),
    async stop() {
      abort.abort()
      const { error } = await ended
      if (error !== undefined) throw error
    },
  }
}

/** Waits until the condition holds; fails, saying `what`, when it does not in time. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = systemClock.now() + UNTIL_TIMEOUT_MS
  while (!(await condition())) {
    if (systemClock.now() > deadline) throw new Error(`never came true: ${what}`)
    await systemClock.sleep(UNTIL_INTERVAL_MS)
  }
}

/** Everything a topic holds, by partition, read by a group that commits nothing. */
export async function readTopic(log: EventLog, topic: string, group: string): Promise<LogRecord[][]> {
  const found: LogRecord[][] = (await log.ranges(topic)).map(() => [])
  const run = startRun(
    log,
    { group, topics: [topic], commit: 'offsets', bounded: true },
    {
      open: async ({ partition }, start) => {
        found[partition] = []
        return start.logStart
      },
      process: async (batch) => {
        for (const record of batch.records) found[batch.partition]?.push(copyOf(record))
        return []
      },
      close: () => {},
    },
  )
  const { error } = await run.ended
  if (error !== undefined) throw error
  return found
}

/** The values of a topic as text, sorted. */
export async function valuesOf(stage: Stage, topic: string): Promise<string[]> {
  const records = await readTopic(stage.log, topic, stage.group())
  return records
    .flat()
    .map((record) => textOf(record.value))
    .sort()
}

/** Waits until the group has committed `count` records of the topic in total. Topics that were published to only. */
export async function untilCommitted(log: EventLog, run: WatchedRun, at: CommittedCount): Promise<void> {
  await run.until(async () => {
    const committed = await log.committed(at.group, at.topic)
    return [...committed.values()].reduce((sum, each) => sum + each.offset, 0) >= at.count
  }, `${at.count} records of ${at.topic} committed`)
}

interface CommittedCount {
  readonly group: string
  readonly topic: string
  readonly count: number
}

/** Checks that a copier's outputs are there exactly once for `count` inputs in total. */
export async function expectCopiedOnce(stage: Stage, output: string, count: number): Promise<void> {
  const values = await valuesOf(stage, output)
  expect(new Set(values).size, 'no output twice').toBe(values.length)
  expect(values.length, 'no output missing').toBe(count)
}

function copyOf(record: LogRecord): LogRecord {
  const headers = record.headers && Object.fromEntries(Object.entries(record.headers).map(([k, v]) => [k, v.slice()]))
  return { ...record, key: record.key?.slice() ?? null, value: record.value?.slice() ?? null, headers }
}

function withoutOverlap(processor: Processor): Processor {
  const busy = new Set<string>()
  const alone = async <T>(at: TopicPartition, call: () => Promise<T>): Promise<T> => {
    if (busy.has(partitionName(at))) throw new Error(`two calls at once for ${partitionName(at)}`)
    busy.add(partitionName(at))
    return await call().finally(() => busy.delete(partitionName(at)))
  }
  const { tick, end, flush } = processor
  return {
    open: (at, start) => alone(at, () => processor.open(at, start)),
    process: (batch) => alone(batch, () => processor.process(batch)),
    ...(tick && { tick: (at, view) => alone(at, () => tick.call(processor, at, view)) }),
    ...(end && { end: (at) => alone(at, () => end.call(processor, at)) }),
    ...(flush && { flush: () => flush.call(processor) }),
    close(at) {
      if (busy.has(partitionName(at))) throw new Error(`close during another call for ${partitionName(at)}`)
      processor.close(at)
    },
  }
}
