// Says when the process was held up: by a blocked disk, by work that gave the event loop no turn, by SIGSTOP or a
// frozen machine. It goes by the turns of a timer. Two clocks tell the causes apart: the monotonic one stands still
// while the machine is suspended, the wall clock does not; but somebody may set that one.

import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'

/** How often a turn is due. */
export const STALL_CHECK_MS = 500

/** A turn that comes later than this is said. */
export const STALL_MIN_MS = 3_000

/** What the watch needs. */
export interface StallWatchOptions {
  /** Who is held up, for people. */
  readonly service: string
  readonly clock: Pick<Clock, 'now'>
  /** Milliseconds that never go back; performance.now by default. */
  readonly monotonic?: () => number
  readonly logger: Pick<Logger, 'warn'>
}

/** Watches the event loop's turns. Call the result to stop. */
export function watchStalls(options: StallWatchOptions): () => void {
  const turn = stallTurns(options)
  const timer = setInterval(turn, STALL_CHECK_MS)
  timer.unref()
  return () => clearInterval(timer)
}

/** To be called every STALL_CHECK_MS: says how long the process stood still when it was not. */
export function stallTurns({
  service,
  clock,
  monotonic = () => performance.now(),
  logger,
}: StallWatchOptions): () => void {
  let last = { monotonic: monotonic(), wall: clock.now() as number }
  return () => {
    const now = { monotonic: monotonic(), wall: clock.now() as number }
    const heldUpMs = Math.round(now.monotonic - last.monotonic - STALL_CHECK_MS)
    const asleepMs = Math.round(now.wall - last.wall - (now.monotonic - last.monotonic))
    last = now
    if (heldUpMs >= STALL_MIN_MS) {
      const why = 'a blocked disk, a stopped process or a machine without processor time'
      logger.warn({ heldUpMs }, `${service} was held up for ${seconds(heldUpMs)}: ${why}; it goes on now`)
    }
    if (asleepMs >= STALL_MIN_MS) {
      const why = 'the machine was suspended, or its clock was set'
      logger.warn({ asleepMs }, `${service} missed ${seconds(asleepMs)} of the clock: ${why}`)
    }
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
