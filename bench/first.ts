// How long after its start a service has committed something, and what it takes while nothing happens: each service
// alone in its process.

import { PRICES_TOPIC } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { type Env, readSettings } from '#runtime/settings'
import { openLog } from '#services/platform/open'
import { logSettings } from '#services/platform/settings'
import { STREAM_GROUP } from '#services/stream/group'
import { WRITER_GROUP } from '#services/writer/writer'
import { published } from './drain.ts'
import { onEmptyPlatform, startService } from './tickerlake.ts'
import { rounded } from './whole_process.ts'

/** Enough for a dead letter, so that the stream has something to commit at once. */
const QUOTES = 6_000
const POLL_MS = 5
const PATIENCE_MS = 30_000
/** Until start-up is over, compiled code thrown away and the heap settled. */
const SETTLE_MS = 20_000
const IDLE_MS = 20_000

/** The writer waits for rows, five seconds by default: that is no part of the figure. */
const SERVICES = [
  { words: ['stream'], env: {}, group: STREAM_GROUP },
  { words: ['write'], env: { FLUSH_INTERVAL_MS: '50' }, group: WRITER_GROUP },
  { words: ['produce'], env: { SOURCE: 'replay', REPLAY_FILE: '-' }, group: null },
] as const

/** Measures all services on the embedded log, or on Kafka: idle before there is anything, then with quotes. */
export function firstFigures(brokers: string | null): Promise<object> {
  return onEmptyPlatform(brokers, async (env) => {
    const idle = new Map<string, object>()
    for (const { words, env: own } of SERVICES) idle.set(words[0], await idleFigures(words, { ...env, ...own }))
    await published({ quotes: QUOTES, shape: {} }, env)
    const figures: Record<string, object> = {}
    for (const { words, env: own, group } of SERVICES) {
      const first = group === null ? {} : await firstCommit(words, { ...env, ...own }, group)
      figures[words[0]] = { ...first, ...idle.get(words[0]) }
    }
    return figures
  })
}

async function firstCommit(words: readonly string[], env: Env, group: string): Promise<object> {
  const log = await openLog(readSettings(env, logSettings), { clock: systemClock, logger: silentLogger })
  const startedAt = performance.now()
  const service = startService(words, env)
  try {
    while ((await log.committed(group, PRICES_TOPIC)).size === 0) {
      if (performance.now() - startedAt > PATIENCE_MS) throw new Error(`the group ${group} has committed nothing`)
      await systemClock.sleep(POLL_MS)
    }
    return { firstCommitSeconds: rounded((performance.now() - startedAt) / 1_000) }
  } finally {
    await service.stop()
    await log.close()
  }
}

async function idleFigures(words: readonly string[], env: Env): Promise<object> {
  const service = startService(words, env)
  try {
    await systemClock.sleep(SETTLE_MS)
    const cpuSeconds = service.cpuSeconds()
    await systemClock.sleep(IDLE_MS)
    const share = (service.cpuSeconds() - cpuSeconds) / (IDLE_MS / 1_000)
    return { idlePercentOfCore: rounded(share * 100), idleMemoryMb: service.memoryMb() }
  } finally {
    await service.stop()
  }
}
