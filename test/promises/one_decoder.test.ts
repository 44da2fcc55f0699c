// Promise: whatever the decoder's settings are, stream and writer take the same records for quotes: each record is a
// row of stocks or of dead_letters, never of both or neither. Run by the commands, as users set them.

import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import { PRICES_TOPIC, topicSpecs } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { type Clock, systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { type EpochMs, epochMs } from '#runtime/units'
import type { Command } from '#services/cli/command'
import { replayCheckCommand } from '#services/cli/commands/audit/replay_check'
import { streamCommand } from '#services/cli/commands/services/stream'
import { writeCommand } from '#services/cli/commands/services/write'
import { runCommand } from '#support/command_context'
import { rowsOf, type TableRow } from '#support/lake/lake_tables'
import { temporaryFolder } from '#support/temporary_folder'

/** When the log takes every record in: to the millisecond, so that the edge of what is allowed is met. */
const NOW = epochMs(Date.UTC(2026, 10, 23, 17))
const stopped: Clock = { now: () => NOW, sleep: systemClock.sleep }

/** A run is a whole pipeline, so there are few, and none to make a failure smaller. */
const RUNS = { numRuns: 4, endOnFailure: true }

const openLogIn = (folder: string) =>
  openEmbeddedLog({ path: join(folder, 'log.sqlite'), clock: stopped, logger: silentLogger })

/** Publishes values as records, and takes them through stream and writer. Returns the records' offsets by table. */
async function pipeline(values: readonly string[], settings: Readonly<Record<string, string>>) {
  const folder = temporaryFolder()
  const log = openLogIn(folder)
  await log.createTopics(topicSpecs(1))
  await publish(log, values)
  await log.close()
  const lake = join(folder, 'lake')
  const env = { ...settings, LAKE_URL: lake }
  const call = { env, openLog: async () => openLogIn(folder) }
  const drain = (command: Command) => runCommand(command, { ...call, values: { drain: true } })
  await drain(streamCommand)
  await drain(writeCommand)
  await runCommand(replayCheckCommand, call)
  const store = openFilesystemStore({ root: lake })
  const offsets = (rows: readonly TableRow[], column: string) => rows.map((row) => Number(row[column]))
  return {
    stocks: offsets(await rowsOf(store, 'stocks'), 'source_offset'),
    letters: offsets(await rowsOf(store, 'dead_letters'), 'origin_offset'),
  }
}

async function publish(log: EventLog, values: readonly string[]): Promise<void> {
  await log.publish(values.map((value, n) => ({ topic: PRICES_TOPIC, key: `S${n % 5}`, value })))
}

function quoteText(n: number, timestamp: unknown, others: object = {}): string {
  return JSON.stringify({ symbol: `S${n % 5}`, price: 1 + n, timestamp, ...others })
}

test('FUTURE_TOLERANCE_MS: a quote at most so far ahead is a row of stocks, any other a dead letter', async () => {
  const ahead = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 50, maxLength: 200 })
  const tolerance = fc.constantFrom(0, 1_000, 59_999, 600_000, 86_400_000)
  await fc.assert(
    fc.asyncProperty(tolerance, ahead, async (toleranceMs, offsets) => {
      const times = offsets.map((offset) => (NOW + toleranceMs + offset) as EpochMs)
      const settings = { FUTURE_TOLERANCE_MS: String(toleranceMs) }
      const { stocks, letters } = await pipeline(
        times.map((time, n) => quoteText(n, time)),
        settings,
      )
      const chosen = (dead: boolean) => [...offsets.keys()].filter((n) => (offsets[n] as number) > 0 === dead)
      expect({ stocks, letters }).toEqual({ stocks: chosen(false), letters: chosen(true) })
    }),
    RUNS,
  )
}, 120_000)

/** What producers send for one time and price, by the one setting that lets it in. */
const SHAPES: Readonly<Record<string, { readonly env: Record<string, string>; shape(ms: number): object }>> = {
  'time.time()': { env: { TIMESTAMP_UNIT: 's' }, shape: (ms) => ({ timestamp: ms / 1000 }) },
  microseconds: { env: { TIMESTAMP_UNIT: 'us' }, shape: (ms) => ({ timestamp: ms * 1000 }) },
  nanoseconds: { env: { TIMESTAMP_UNIT: 'ns' }, shape: (ms) => ({ timestamp: ms * 1e6 }) },
  'isoformat()': {
    env: { TIMESTAMP_ZONE: 'UTC' },
    shape: (ms) => ({ timestamp: new Date(ms).toISOString().slice(0, -1) }),
  },
  'a price as text': { env: { PRICE_TEXT: 'accept' }, shape: (timestamp) => ({ timestamp, price: '277.06' }) },
}

test('each setting lets its values in for all, and without it they are dead letters for all', async () => {
  const kinds = Object.keys(SHAPES)
  const sent = fc.array(fc.tuple(fc.constantFrom(...kinds), fc.integer({ min: 0, max: 100 })), { minLength: 60 })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...kinds), sent, async (allowed, values) => {
      const texts = values.map(([kind, ago], n) => {
        const { timestamp, ...price } = { timestamp: 0, ...SHAPES[kind]?.shape(NOW - ago * 1000) }
        return quoteText(n, timestamp, price)
      })
      const { stocks, letters } = await pipeline(texts, SHAPES[allowed]?.env ?? {})
      const chosen = (valid: boolean) => [...values.keys()].filter((n) => (values[n]?.[0] === allowed) === valid)
      expect({ stocks, letters }).toEqual({ stocks: chosen(true), letters: chosen(false) })
    }),
    RUNS,
  )
}, 120_000)
