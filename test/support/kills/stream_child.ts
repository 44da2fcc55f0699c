// A stream as a process of its own, to be killed: the service's own code, with shorter sessions than a service has, and
// with a clock of its intervals that runs fast, so that state snapshots are taken between two kills. On SIGUSR2 it
// freezes at the worst moment, with its next bars made and not yet committed. Its log lines are JSON, as its one
// argument is.

import { writeSync } from 'node:fs'
import { openKafkaLog } from '#log/kafka/kafka_log'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { createLogger } from '#runtime/logger'
import { epochMs } from '#runtime/units'
import { runStream } from '#services/stream/stream'
import { KILL_CONFIG, KILL_RULES } from '#support/kills/load'

/** What the process shall run on. */
export interface StreamChild {
  readonly brokers: string
  /** The folder of state snapshots. */
  readonly checkpoints: string
}

/** A tenth of a service's: a killed member holds up its group for a session. */
const LIMITS = {
  sessionTimeoutMs: 3_000,
  rebalanceTimeoutMs: 6_000,
  heartbeatIntervalMs: 300,
  consumerSteadyMs: 6_000,
}

const STDOUT = 1

/** A snapshot every 0.4 s in place of 10 s, held-back progress committed every 0.2 s in place of 5 s. */
const HURRY = 25

const { brokers, checkpoints } = JSON.parse(process.argv[2] ?? '') as StreamChild
const leave = new AbortController()
process.once('SIGTERM', () => leave.abort())
const logger = createLogger({ level: 'info', format: 'json', write: (text) => writeSync(STDOUT, text) })
const begunAt = systemClock.now()
const clock = { ...systemClock, now: () => epochMs(begunAt + (systemClock.now() - begunAt) * HURRY) }
const options = { clientId: `killed-${process.pid}`, ssl: false, clock: systemClock, logger, limits: LIMITS }
const log = await openKafkaLog({ ...options, brokers: brokers.split(','), signal: leave.signal })
let freezing = false
process.on('SIGUSR2', () => {
  freezing = true
})
const onBars = () => {
  if (!freezing) return
  freezing = false
  writeSync(STDOUT, 'freezing\n')
  process.kill(process.pid, 'SIGSTOP')
}
const parts = { config: KILL_CONFIG, rules: KILL_RULES, checkpoints: openFilesystemStore({ root: checkpoints }) }
const counters = await runStream({ ...parts, log, clock, logger, sinks: [], onBars, signal: leave.signal })
logger.info(counters, 'the stream has ended')
await log.close()
