// Ticks of Yahoo's streamer: the source alone, from frame to record, and then `produce` as a whole, its WebSockets and
// the embedded log included, fed by a server that plays the streamer.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { PRICES_TOPIC } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { type Env, readSettings } from '#runtime/settings'
import { openLog } from '#services/platform/open'
import { logSettings } from '#services/platform/settings'
import { onEmptyPlatform, script, startService } from '../tickerlake.ts'
import { environmentOf, figuresOf, rounded, runWhole } from '../whole_process.ts'
import { symbolsOf } from './market.ts'

const SYMBOLS = 2_000
const TICKS_PER_SECOND = 5_000
const SOURCE_TICKS = 2_000_000
/** Until all connections are open, and the code is compiled. */
const WARM_UP_MS = 20_000
const PARTS = 6

/** Measures both; the whole for so many seconds. */
export async function tickFigures(seconds: number): Promise<object> {
  const own = { BENCH_QUOTES: String(SOURCE_TICKS), BENCH_SYMBOLS: String(SYMBOLS) }
  const usage = await runWhole(script('ticks/source.ts', [], own))
  return {
    symbols: SYMBOLS,
    source: { ...JSON.parse(usage.stdout), peakMemoryMb: figuresOf(usage, SOURCE_TICKS).peakMemoryMb },
    produce: await produceFigures(seconds),
  }
}

async function produceFigures(seconds: number): Promise<object> {
  const server = await startServer()
  try {
    return await onEmptyPlatform(null, (env) =>
      measured({ ...env, SOURCE: 'yahoo', YAHOO_MODE: 'stream', YAHOO_BASE_URL: server.url }, seconds),
    )
  } finally {
    server.stop()
  }
}

async function measured(env: Env, seconds: number): Promise<object> {
  const service = startService(['produce'], { ...env, SYMBOLS: symbolsOf(SYMBOLS).join(',') })
  try {
    await systemClock.sleep(WARM_UP_MS)
    const [cpuSeconds, startedAt, before] = [service.cpuSeconds(), performance.now(), await publishedBy(env)]
    const memoryMb: number[] = []
    for (let part = 0; part < PARTS; part++) {
      await systemClock.sleep((seconds * 1_000) / PARTS)
      memoryMb.push(service.memoryMb())
    }
    const passed = (performance.now() - startedAt) / 1_000
    const cpu = service.cpuSeconds() - cpuSeconds
    const ticks = (await publishedBy(env)) - before
    const [percentOfCore, cpuMicrosPerTick] = [rounded((cpu / passed) * 100), rounded((cpu * 1e6) / ticks)]
    return { ticksPerSecond: Math.round(ticks / passed), percentOfCore, cpuMicrosPerTick, memoryMb }
  } finally {
    await service.stop()
  }
}

async function publishedBy(env: Env): Promise<number> {
  const log = await openLog(readSettings(env, logSettings), { clock: systemClock, logger: silentLogger })
  const ranges = await log.ranges(PRICES_TOPIC)
  await log.close()
  return ranges.reduce((sum, { end }) => sum + end, 0)
}

/** The streamer's player, in a process of its own. */
async function startServer(): Promise<{ readonly url: string; stop(): void }> {
  const { command, args, env } = script('ticks/server.ts', [], { BENCH_RATE: String(TICKS_PER_SECOND) })
  const child = spawn(command, args, { env: environmentOf(env), stdio: ['ignore', 'pipe', 'inherit'] })
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { url, stop: () => void child.kill() }
}
