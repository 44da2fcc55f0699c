// When quotes are due: at a steady rate, while something trades. The time of a quote is the schedule's, whenever it was
// made.

import type { Logger } from '#runtime/logger'
import type { EpochMs } from '#runtime/units'
import { SIMULATOR_BEHIND_MAX_MS, SIMULATOR_TICK_MS } from '#services/producer/limits'
import type { QuotedHours } from '#services/producer/sources/simulator/venues'

/** Says which turns are due. Turn i of a stretch is due at its beginning plus i / rate seconds. */
export interface Schedule {
  /** How many turns are due now, or how long until one is. */
  due(now: EpochMs): { count: number; waitMs: number }
  /** The event time of the next due turn. */
  take(): EpochMs
}

/** What a schedule is made of. */
export interface ScheduleOptions {
  /** Turns a second. */
  readonly rate: number
  readonly startMs: EpochMs
  /** How far in the past it may begin without being behind. */
  readonly backlogMs: number
  /** When anything trades: closed hours have no turns. */
  readonly hoursAt: (instant: number) => QuotedHours
  /** Turns left out, since the process could not keep up. */
  readonly onLeftOut: (count: number) => void
  readonly logger: Logger
}

/** A schedule that begins at `startMs`. */
export function openSchedule(options: ScheduleOptions): Schedule {
  const { rate, startMs, hoursAt, logger } = options
  const intervalMs = 1000 / rate
  const behindMaxMs = options.backlogMs + SIMULATOR_BEHIND_MAX_MS
  let beginMs: number = startMs
  let index = 0
  let hours = hoursAt(startMs)
  if (!hours.isOpen) logger.info('the simulated market is closed; quotes come once it opens')
  const timeOf = (i: number) => beginMs + i * intervalMs
  const beginAt = (at: number) => {
    beginMs = at
    index = 0
  }
  const leaveOut = (now: number) => {
    const count = Math.floor((now - timeOf(index)) / intervalMs)
    options.onLeftOut(count)
    logger.warn({ count, rate }, `the simulator could not keep its rate: ${count} quotes are left out`)
    beginAt(now)
  }
  const changeHours = (at: number) => {
    const before = hours
    hours = hoursAt(at)
    if (before.isOpen === hours.isOpen) return
    logger.info(hours.isOpen ? 'the simulated market opens' : 'the simulated market closes')
  }
  return {
    due(now) {
      if (now - timeOf(index) > behindMaxMs) leaveOut(now)
      if (now >= hours.until && timeOf(index) >= hours.until) changeHours(timeOf(index))
      if (!hours.isOpen) beginAt(hours.until)
      const lastDue = Math.min(now, hours.until - 1)
      const count = Math.max(0, Math.floor((lastDue - timeOf(index)) / intervalMs + 1))
      return { count, waitMs: Math.max(SIMULATOR_TICK_MS, Math.ceil(timeOf(index) - now)) }
    },
    take: () => Math.floor(timeOf(index++)) as EpochMs,
  }
}
