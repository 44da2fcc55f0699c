// How long after a quote its alert, and the bar that it closes, can be read: a publisher, a stream and a reader, each
// in a process of its own, on Kafka. Latencies in milliseconds, from the time that the quote was meant to be sent.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Env } from '#runtime/settings'
import { onEmptyPlatform, script, tickerlake } from '../tickerlake.ts'
import { environmentOf, runWhole } from '../whole_process.ts'
import { BAR_INTERVAL_MS, LATENCY_RULES, LATENCY_SETTINGS, type LatencyLoad, now } from './load.ts'

/** Time for the publisher and the reader to be there. */
const AHEAD_MS = 4_000

/** Where to measure, and what. */
export interface LatencyBench {
  readonly brokers: string
  readonly quotesPerSecond: number
  readonly seconds: number
}

/** Measures at one rate. */
export function latencies(bench: LatencyBench): Promise<unknown> {
  const { brokers, quotesPerSecond, seconds } = bench
  const measure = async (env: Env) => {
    const stream = await startStream(env)
    try {
      const load: LatencyLoad = { startAt: now() + AHEAD_MS, quotesPerSecond, seconds }
      const part = async (file: string): Promise<object> => {
        const words = [brokers, JSON.stringify(load)]
        return JSON.parse((await runWhole(script(join('latency', file), words, {}))).stdout)
      }
      const [published, read] = await Promise.all([part('publisher.ts'), part('reader.ts')])
      return { quotesPerSecond, seconds, published, ...read }
    } finally {
      stream.kill('SIGTERM')
      await once(stream, 'close')
    }
  }
  return onEmptyPlatform(brokers, measure, BAR_INTERVAL_MS)
}

async function startStream(platform: Env): Promise<ChildProcess> {
  const rules = join(platform.DATA_DIR as string, 'rules.json')
  writeFileSync(rules, JSON.stringify(LATENCY_RULES))
  const own = { ...LATENCY_SETTINGS, ALERT_RULES: rules, LOG_FORMAT: 'json', LOG_LEVEL: 'info' }
  const { command, args, env } = tickerlake(['stream'], { ...platform, ...own })
  const stream = spawn(command, args, { env: environmentOf(env), stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: stream.stdout })
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => line.includes('joined the group') && resolve())
    stream.once('close', (code) => reject(new Error(`the stream ended with ${code} before it had joined`)))
  })
  return stream
}
