// The platform's commands as users run them: by the launcher, with its cache of compiled code and the image's flags.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PARTITIONS_DEFAULT, topicSpecs, topicsOf } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { type Env, readSettings } from '#runtime/settings'
import { openLog } from '#services/platform/open'
import { logSettings } from '#services/platform/settings'
import { deletePlatformTopics } from '#support/log/platform_topics'
import { newFolder, removeFolder } from '#support/temporary_folder'
import { type Call, environmentOf, memoryOf } from './whole_process.ts'

/** As the image runs Node. */
const NODE_FLAGS = ['--max-http-header-size=65536', '--max-semi-space-size=8']
const IMAGE_ENV = { MALLOC_ARENA_MAX: '1' }
const PROGRAM = join(import.meta.dirname, '../bin/tickerlake.js')
const MINUTE_MS = 60_000

/** A command with its words. It logs no more than what goes wrong. */
export function tickerlake(words: readonly string[], env: Env): Call {
  const own = { ...IMAGE_ENV, LOG_LEVEL: 'error', ...env }
  return { command: process.execPath, args: [...NODE_FLAGS, PROGRAM, ...words], env: own }
}

/** Another file of ours, run the same way. */
export function script(file: string, words: readonly string[], env: Env): Call {
  const path = join(import.meta.dirname, file)
  return { command: process.execPath, args: [...NODE_FLAGS, path, ...words], env: { ...IMAGE_ENV, ...env } }
}

/** Work on a platform of its own: empty topics, and a folder for all else. On the embedded log without brokers. */
export async function onEmptyPlatform<T>(
  brokers: string | null,
  work: (env: Env) => Promise<T>,
  barIntervalMs: number = MINUTE_MS,
): Promise<T> {
  const folder = newFolder()
  const env = { DATA_DIR: folder, ...(brokers === null ? {} : { KAFKA_BROKERS: brokers }) }
  try {
    if (brokers !== null) await deletePlatformTopics(brokers)
    const log = await openLog(readSettings(env, logSettings), { clock: systemClock, logger: silentLogger })
    await log.createTopics(topicSpecs(PARTITIONS_DEFAULT, topicsOf(barIntervalMs)))
    await log.close()
    return await work(env)
  } finally {
    removeFolder(folder)
  }
}

/** A service that runs until it is stopped. */
export interface RunningService {
  readonly pid: number
  /** CPU time so far. */
  cpuSeconds(): number
  memoryMb(): number
  stop(): Promise<void>
}

/** Starts a service; what it prints is not read. Its standard input stays open and silent. */
export function startService(words: readonly string[], env: Env): RunningService {
  const { command, args, env: own } = tickerlake(words, env)
  const child = spawn(command, args, { env: environmentOf(own), stdio: ['pipe', 'ignore', 'inherit'] })
  const pid = child.pid as number
  const closed = once(child, 'close')
  return {
    pid,
    cpuSeconds: () => cpuSecondsOf(pid),
    memoryMb: () => memoryOf(pid)?.nowMb ?? Number.NaN,
    async stop() {
      child.kill('SIGTERM')
      await closed
    },
  }
}

/** Linux counts CPU time in hundredths of a second, in fields 14 and 15 of /proc/PID/stat (man 5 proc). */
export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}
