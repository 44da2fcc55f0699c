// How long after a quote its alert, and the bar that it closes, can be read: a publisher, a stream and a reader, each
// in a process of its own, on Kafka. Latencies in milliseconds, from the time that the quote was meant to be sent.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { PARTITIONS_DEFAULT, topicSpecs, topicsOf } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { readSettings } from '#runtime/settings'
import { openLog } from '#services/platform/open'
import { logSettings } from '#services/platform/settings'
import { deletePlatformTopics } from '#support/log/platform_topics'
import { newFolder, removeFolder } from '#support/temporary_folder'
import { BAR_INTERVAL_MS, LATENCY_RULES, LATENCY_SETTINGS, type LatencyLoad, now } from './latency_load.ts'

const run = promisify(execFile)
const PROGRAM = join(import.meta.dirname, '../bin/tickerlake.js')

/** Time for the publisher and the reader to be there. */
const AHEAD_MS = 4_000

/** Where to measure, and what. */
export interface LatencyBench {
  readonly brokers: string
  readonly quotesPerSecond: number
  readonly seconds: number
  readonly nodeFlags: readonly string[]
}

/** Measures at one rate. */
export async function latencies(bench: LatencyBench): Promise<unknown> {
  const { brokers, quotesPerSecond, seconds } = bench
  await deletePlatformTopics(brokers)
  const log = await openLog(readSettings({ KAFKA_BROKERS: brokers }, logSettings), {
    clock: systemClock,
    logger: silentLogger,
  })
  await log.createTopics(topicSpecs(PARTITIONS_DEFAULT, topicsOf(BAR_INTERVAL_MS)))
  await log.close()
  const folder = newFolder()
  const stream = await startStream(bench, folder)
  try {
    const load: LatencyLoad = { startAt: now() + AHEAD_MS, quotesPerSecond, seconds }
    const [published, read] = await Promise.all(['latency_publisher.ts', 'latency_reader.ts'].map((file) => part(file)))
    return { quotesPerSecond, seconds, published, ...read }

    async function part(file: string): Promise<object> {
      const args = [...bench.nodeFlags, join(import.meta.dirname, file), brokers, JSON.stringify(load)]
      return JSON.parse((await run(process.execPath, args)).stdout)
    }
  } finally {
    stream.kill('SIGTERM')
    await once(stream, 'close')
    removeFolder(folder)
  }
}

async function startStream({ brokers, nodeFlags }: LatencyBench, folder: string): Promise<ChildProcess> {
  const rules = join(folder, 'rules.json')
  writeFileSync(rules, JSON.stringify(LATENCY_RULES))
  const env = { ...LATENCY_SETTINGS, KAFKA_BROKERS: brokers, DATA_DIR: folder, ALERT_RULES: rules, LOG_FORMAT: 'json' }
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  const stream = spawn(process.execPath, [...nodeFlags, PROGRAM, 'stream'], { env, stdio: [...stdio] })
  if (stream.stdout === null) throw new Error('the output of the stream is piped')
  const lines = createInterface({ input: stream.stdout })
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => line.includes('joined the group') && resolve())
    stream.once('close', (code) => reject(new Error(`the stream ended with ${code} before it had joined`)))
  })
  return stream
}
