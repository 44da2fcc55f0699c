// One measurement in a process of its own, so that memory and processor time are its alone: called by bench.ts with the
// work's name, its settings in the environment, and answered with one line of JSON.

import { randomUUID } from 'node:crypto'
import type { ObjectStore } from '#object-store/object_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { readSettings } from '#runtime/settings'
import { epochMs } from '#runtime/units'
import { decoderOf, decoderSettings } from '#services/decoder_settings'
import { openLog, openStore } from '#services/platform/open'
import { checkpointUrl, lakeUrl } from '#services/platform/places'
import { lakeSettings, logSettings } from '#services/platform/settings'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { streamConfig, streamSettings } from '#services/stream/config'
import { runStream } from '#services/stream/stream'
import { writerConfig, writerSettings } from '#services/writer/config'
import { runWriter } from '#services/writer/writer'
import { FEW_SYMBOLS, MANY_SYMBOLS, validAmong, valueRecords, valueText } from './quotes.ts'

const { env } = process
const quotes = Number(env.BENCH_QUOTES)
const load = { ...(env.BENCH_SYMBOLS === 'many' ? MANY_SYMBOLS : FEW_SYMBOLS), ids: env.BENCH_IDS === '1' }
const place = readSettings(env, lakeSettings)
const clock = systemClock
const decoder = decoderOf(readSettings(env, decoderSettings))
const logger = silentLogger
const signal = new AbortController().signal

/** Quotes published at a time. */
const PUBLISH_CHUNK = 5_000

/** Each does its work; what it returns stands beside the figures. */
const WORK: Record<string, () => Promise<object | undefined>> = {
  async decode() {
    const values = Array.from({ length: 10_000 }, (_, i) => Buffer.from(valueText(load, i)))
    const timestamp = epochMs(Date.UTC(2026, 9, 3))
    let valid = 0
    for (let i = 0; i < quotes; i++) {
      if (decoder.decode({ value: values[i % values.length] as Buffer, timestamp }).kind === 'quote') valid++
    }
    expectValid(valid)
    return undefined
  },
  async publish() {
    const log = await openLog(readSettings(env, logSettings), { clock, logger })
    for (let from = 0; from < quotes; from += PUBLISH_CHUNK) {
      await log.publish(valueRecords(load, from, Math.min(quotes, from + PUBLISH_CHUNK)))
    }
    await log.close()
    return undefined
  },
  async stream() {
    const log = await openLog(readSettings(env, logSettings), { clock, logger })
    const config = streamConfig(readSettings(env, streamSettings), decoder)
    const checkpoints = await openStore(checkpointUrl(place), place)
    const parts = { config, rules: DEFAULT_ALERT_RULES, checkpoints }
    const { valid } = await runStream({ ...parts, log, clock, logger, sinks: [], signal, bounded: true })
    expectValid(valid)
    await log.close()
    return { snapshots: await snapshotFacts(checkpoints) }
  },
  async writer() {
    const log = await openLog(readSettings(env, logSettings), { clock, logger })
    const store = await openStore(lakeUrl(place), place)
    const config = writerConfig(readSettings(env, writerSettings))
    const parts = { log, store, config, decoder, clock, logger, random: Math.random, newId: randomUUID }
    const { rows } = await runWriter({ ...parts, signal, bounded: true })
    expectValid(rows.stocks)
    await log.close()
    return undefined
  },
}

function expectValid(found: number | undefined): void {
  const valid = validAmong(quotes)
  if (found !== valid) throw new Error(`${found} values were taken for quotes, not ${valid} of ${quotes}`)
}

/** The state snapshots that are there; of a drain that is over within their interval none. */
async function snapshotFacts(store: ObjectStore): Promise<{ kept: number; largestBytes: number }> {
  const sizes: number[] = []
  for await (const { size } of store.list('stream/')) sizes.push(size)
  return { kept: sizes.length, largestBytes: Math.max(0, ...sizes) }
}

const work = WORK[process.argv[2] ?? '']
if (work === undefined) throw new Error(`measure one of ${Object.keys(WORK).join(', ')}`)
const cpuBefore = process.cpuUsage()
const startedAt = performance.now()
const facts = await work()
const seconds = (performance.now() - startedAt) / 1000
const cpu = process.cpuUsage(cpuBefore)
const result = {
  quotesPerSecond: Math.round(quotes / seconds),
  cpuMicrosPerQuote: Number(((cpu.user + cpu.system) / quotes).toFixed(2)),
  peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
  ...facts,
}
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(0)
