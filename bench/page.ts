// The page's history: a day of bars of 1,000 symbols, a writer that lands new ones every five seconds, and a viewer who
// changes the symbol. Times as a client sees them; memory and CPU of the page's process and of the one that reads the
// tables for it.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { EventLog } from '#log/event_log'
import { barsTopic } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { readSettings } from '#runtime/settings'
import { DAY_MS, MINUTE_MS } from '#runtime/units'
import { openLog } from '#services/platform/open'
import { logSettings } from '#services/platform/settings'
import { freePort } from '#support/services/reach'
import { makeBars } from './page_lake.ts'
import { cpuSecondsOf, onEmptyPlatform, startService } from './tickerlake.ts'
import { memoryOf, rounded } from './whole_process.ts'

const SYMBOLS = 1_000
const SMALL_FILES = 100
const CHANGES = 200
const PAUSE_MS = 100
const PUBLISH_EVERY_MS = 5_000

/** Asks for the last day of one symbol after the other. */
export function pageFigures(): Promise<object> {
  return onEmptyPlatform(null, async (given) => {
    const port = await freePort()
    const lake = join(given.DATA_DIR ?? '', 'lake')
    const env = { ...given, LAKE_URL: lake, FLUSH_INTERVAL_MS: '5000', WEB_PORT: String(port) }
    const lastMinute = Math.floor(systemClock.now() / MINUTE_MS - 1) * MINUTE_MS
    await makeBars(lake, { symbols: SYMBOLS, minutes: DAY_MS / MINUTE_MS, smallFiles: SMALL_FILES, lastMinute })
    const end = new AbortController()
    const writer = startService(['write'], env)
    const log = await openLog(readSettings(env, logSettings), { clock: systemClock, logger: silentLogger })
    const publishing = publishBars(log, end.signal)
    const startedAt = performance.now()
    const web = startService(['web'], env)
    try {
      const answers = `http://127.0.0.1:${port}/api/bars?symbol=`
      const first = await firstAnswer(`${answers}S0`, startedAt)
      return { symbols: SYMBOLS, smallFiles: SMALL_FILES, ...first, ...(await changes(answers, web.pid)) }
    } finally {
      end.abort()
      await publishing
      await Promise.all([web.stop(), writer.stop()])
      await log.close()
    }
  })
}

/** From the start of the process, and from the moment that it listens. */
async function firstAnswer(url: string, startedAt: number) {
  for (;;) {
    const askedAt = performance.now()
    const response = await fetch(url).catch(() => undefined)
    await response?.text()
    const now = performance.now()
    if (response?.ok) return { firstAnswerMs: Math.round(now - askedAt), sinceStartMs: Math.round(now - startedAt) }
    await systemClock.sleep(20)
  }
}

async function changes(answers: string, pid: number) {
  const pids = [pid, ...childrenOf(pid)]
  const cpu = () => pids.map(cpuSecondsOf)
  const before = cpu()
  const times: number[] = []
  for (let i = 0; i < CHANGES; i++) {
    const askedAt = performance.now()
    const response = await fetch(`${answers}S${(i * 37 + 1) % SYMBOLS}`)
    await response.text()
    if (!response.ok) throw new Error(`the page answered with ${response.status}`)
    times.push(performance.now() - askedAt)
    await systemClock.sleep(PAUSE_MS)
  }
  const after = cpu()
  times.sort((a, b) => a - b)
  const at = (share: number) => Math.round(times[Math.floor(share * (times.length - 1))] ?? Number.NaN)
  const each = (i: number) => rounded((((after[i] ?? 0) - (before[i] ?? 0)) * 1000) / CHANGES)
  return {
    changeMs: { p50: at(0.5), p95: at(0.95), max: at(1) },
    web: { cpuMsPerChange: each(0), memoryMb: memoryOf(pid)?.nowMb ?? null },
    readers: pids
      .slice(1)
      .map((child, i) => ({ cpuMsPerChange: each(i + 1), memoryMb: memoryOf(child)?.nowMb ?? null })),
  }
}

/** Every five seconds a twelfth of the symbols has its bar of the minute before. */
async function publishBars(log: EventLog, signal: AbortSignal): Promise<void> {
  for (let round = 0; !signal.aborted; round++) {
    const windowStart = Math.floor(systemClock.now() / MINUTE_MS - 1) * MINUTE_MS
    const symbols = Array.from({ length: SYMBOLS }, (_, i) => i).filter((i) => i % 12 === round % 12)
    const records = symbols.map((i) => ({ topic: barsTopic(MINUTE_MS), key: `S${i}`, value: barText(i, windowStart) }))
    await log.publish(records)
    await systemClock.sleep(PUBLISH_EVERY_MS, signal)
  }
}

function barText(symbol: number, windowStart: number): string {
  const prices = { open: 100, high: 101, low: 99, close: 100.5, average: 100.2, vwap: 100.3, volume: 10, count: 60 }
  const facts = { revision: 0, closedBy: 'watermark', complete: true, firstOffset: 0, lastOffset: 1 }
  const times = { windowStart, windowEnd: windowStart + MINUTE_MS, processingTime: windowStart + MINUTE_MS }
  return JSON.stringify({ symbol: `S${symbol}`, ...times, ...prices, ...facts })
}

function childrenOf(pid: number): number[] {
  const listed = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
  return listed
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(Number)
}
