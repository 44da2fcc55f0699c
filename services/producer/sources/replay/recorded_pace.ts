// When a recorded quote is due, by its own timestamp: N times as fast as it was recorded. A step too large to be pace
// (a night, one bad timestamp and the way back from it) is not waited for; the pace goes on from there.

import { REPLAY_STEP_MAX_MS } from '#services/producer/limits'

/** Tells how long to wait. */
export interface Pace {
  /** Milliseconds from `now` until a quote with this timestamp is due; 0 or less: at once, as for NaN. */
  waitMs(timestamp: number, now: number): number
}

/** The pace of a recording played `speed` times as fast; above 0. */
export function recordedPace(speed: number): Pace {
  let recordedStart = Number.NaN
  let playedStart = 0
  return {
    waitMs(timestamp, now) {
      if (Number.isNaN(timestamp)) return 0
      const aheadMs = timestamp - (recordedStart + (now - playedStart) * speed)
      // False for the first timestamp too: NaN is within nothing.
      if (Math.abs(aheadMs) <= REPLAY_STEP_MAX_MS) return aheadMs / speed
      recordedStart = timestamp
      playedStart = now
      return 0
    },
  }
}
