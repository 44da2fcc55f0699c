// Bars on their way: a real log, a real writer, the live bars of the log's topic, and answers over both.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Calendar } from '#calendar/calendar'
import { openCalendars } from '#calendar/calendars'
import { tablesOf } from '#lake/tables'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import { tailTopics } from '#log/topic_tail'
import { encodeHistoryBar, type HistoryBar } from '#market/history/history_bar'
import { barsTopic, HISTORY_BARS_TOPIC, topicSpecs } from '#market/topics'
import type { ObjectStore } from '#object-store/object_store'
import { type Clock, systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { type EpochMs, type Offset, offset } from '#runtime/units'
import type { BarsAnswer } from '#services/web/api'
import { Bars } from '#services/web/history/bars/bars'
import { barsQuestion } from '#services/web/history/bars/bars_question'
import { HistoryTables } from '#services/web/history/history_tables'
import { KeptRecords } from '#services/web/live/kept_records'
import { liveBars } from '#services/web/live/live_bars'
import type { TopicBar } from '#services/web/live/seam'
import type { WriterConfig } from '#services/writer/config'
import { runWriter } from '#services/writer/writer'
import { defaultDecoder } from '#support/decoder'
import { temporaryFolder } from '#support/temporary_folder'

const PARTITIONS = 2

/** A bar of a symbol as its topic has it. */
export type SymbolBar = TopicBar & { readonly symbol: string }

/** The machine's clock, but for long waits, which maintenance alone has: they are short. */
const hastyClock: Clock = {
  now: () => systemClock.now(),
  sleep: (ms, signal) => systemClock.sleep(ms >= 20_000 ? 20 : ms, signal),
}

/** What a rig is made of. */
export interface RigOptions {
  readonly lake: ObjectStore
  readonly barIntervalMs?: number
  readonly keptMax?: number
  /** What the age of a pinned version goes by. */
  readonly clock?: Clock
}

/** Opens a platform that has bars alone. */
export async function openBarsRig(options: RigOptions) {
  const { lake, barIntervalMs = 60_000, keptMax = 100_000, clock = systemClock } = options
  const folder = temporaryFolder()
  const log = openEmbeddedLog({ path: join(folder, 'log.db'), clock: systemClock, logger: silentLogger })
  const topic = barsTopic(barIntervalMs)
  await log.createTopics(
    topicSpecs(
      PARTITIONS,
      tablesOf([barIntervalMs]).map((spec) => spec.topic),
    ),
  )
  const end = new AbortController()
  const kept = new KeptRecords<TopicBar>(keptMax)
  const tail = await startTail(log, { topic, kept, signal: end.signal })
  const calendar = openCalendars({}).named('UTC') as Calendar
  const calendarOf = () => calendar
  const seam = liveBars({
    kept,
    calendarOf,
    forming: () => null,
    position: () => JSON.stringify(kept.position?.next ?? null),
  })
  const cache = { folder: join(folder, 'cache'), bytesMax: 2 ** 30, clock: systemClock, newId: randomUUID }
  const tables = new HistoryTables({ lake, barIntervalMs, cache, clock })
  const bars = new Bars(tables, seam)
  onTestFinished(async () => {
    end.abort()
    await tail.ended
    await tables.close()
    await log.close()
  })
  return {
    log,
    bars,
    /** Pins the newest version, and reads nothing of it yet. */
    pin: () => tables.bars.version(0),
    /** Publishes them in their order, each symbol to a partition of its own, and waits until they are live. */
    async publish(published: readonly SymbolBar[]): Promise<void> {
      const partition = (symbol: string) => symbol.charCodeAt(0) % PARTITIONS
      await log.publish(
        published.map((bar) => ({
          topic,
          key: bar.symbol,
          partition: partition(bar.symbol),
          value: JSON.stringify({ ...bar, closedBy: 'watermark', firstOffset: 0, lastOffset: 1, processingTime: 1 }),
        })),
      )
      const ends = await log.ranges(topic)
      while (ends.some((range) => (kept.position?.next[range.partition] ?? -1) < range.end)) await systemClock.sleep(5)
    },
    /** Publishes bars of history, and lands them. */
    async publishHistory(bars: readonly HistoryBar[]): Promise<void> {
      const records = bars.map((bar) => ({ topic: HISTORY_BARS_TOPIC, key: bar.symbol, value: encodeHistoryBar(bar) }))
      await log.publish(records)
      await run({ flushIntervalMs: 50, flushRows: 100_000, flushBytes: 1024 * 1024 }, true).ended
    },
    answer(query: string, signal = end.signal): Promise<BarsAnswer> {
      const question = barsQuestion(new URLSearchParams(query), { barIntervalMs, now: systemClock.now() })
      return bars.answer(question, signal)
    },
    startWriter: run,
    tables,
  }

  /** Runs a writer until it is stopped, or to the end. */
  function run(config: WriterConfig, bounded = false) {
    const stopping = new AbortController()
    const facts = { clock: hastyClock, random: () => 0.5, newId: randomUUID, decoder: defaultDecoder, log, config }
    const specs = tablesOf([barIntervalMs])
    const store = { store: lake, temporaryFolder: folder, specs }
    const ended = runWriter({ ...facts, ...store, bounded, signal: stopping.signal })
    return {
      ended,
      async stop() {
        stopping.abort()
        await ended
      },
    }
  }
}

async function startTail(
  log: ReturnType<typeof openEmbeddedLog>,
  { topic, kept, signal }: { topic: string; kept: KeptRecords<TopicBar>; signal: AbortSignal },
): Promise<{ readonly ended: Promise<void> }> {
  const [info] = await log.describeTopics([topic])
  const ranges = await log.ranges(topic)
  const starts = ranges.map(({ start }) => start)
  kept.begin({ topicId: info?.id ?? '', logStarts: starts, starts })
  const run = tailTopics(log, {
    topics: [topic],
    group: randomUUID(),
    signal,
    retry: { attemptsMax: 1, delayMinMs: 1, delayMaxMs: 1 },
    clock: systemClock,
    random: () => 0.5,
    reader: {
      begin: ({ partition }) => starts[partition] ?? offset(0),
      async take({ partition, records, next }) {
        for (const record of records) {
          const { symbol, ...row } = JSON.parse(Buffer.from(record.value ?? []).toString()) as SymbolBar
          kept.add({ symbol, row, partition, offset: record.offset })
        }
        kept.passed(partition, next)
      },
      renewed() {},
      skipped: ({ partition }, next: Offset) => kept.skipped(partition, next),
      trouble() {},
    },
  })
  return { ended: run }
}

/** A bar of a symbol by its number since `start`; revisions differ in their prices. */
export function barOfSymbol(
  symbol: string,
  { start, index, ms = 60_000, revision = 0 }: { start: number; index: number; ms?: number; revision?: number },
): SymbolBar {
  const windowStart = (start + index * ms) as EpochMs
  const close = 100 + (index % 37) + symbol.charCodeAt(0) / 16 + revision / 4
  return {
    symbol,
    windowStart,
    windowEnd: (windowStart + ms) as EpochMs,
    open: close - 0.5,
    high: close + 1 + revision,
    low: close - 2,
    close,
    average: close + 0.25,
    vwap: index % 4 === 3 ? null : close + 0.125,
    volume: index % 4 === 3 ? 0 : 16 * (1 + (index % 5)),
    count: 1 + (index % 8),
    revision,
    complete: index > 0,
    origin: 'live',
    session: null,
    tradeDate: null,
  }
}
