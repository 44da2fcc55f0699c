// Lengths of time as text: short for a table's cell, in words for a sentence. Pure.

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** What is younger is `now`, and ages below a minute go in such steps: a table that ticks each second is not calm. */
const STEP_MS = 5 * SECOND_MS

/** `now`, `15s`, `4m`, `3h`, `2d`: rounded down, so that nothing is called older than it is. */
export function ageText(ms: number): string {
  if (ms < STEP_MS) return 'now'
  if (ms < MINUTE_MS) return `${Math.floor(ms / STEP_MS) * (STEP_MS / SECOND_MS)}s`
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)}m`
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)}h`
  return `${Math.floor(ms / DAY_MS)}d`
}

/** `45 s`, `5 min`, `1 h 5 min`, `2 d 3 h`: the two largest units that say something, rounded to the smaller. */
export function durationText(ms: number): string {
  const seconds = Math.round(Math.max(0, ms) / SECOND_MS)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 600) return pair(seconds, [60, 'min'], [1, 's'])
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  if (minutes < 24 * 60) return pair(minutes, [60, 'h'], [1, 'min'])
  return pair(Math.round(minutes / 60), [24, 'd'], [1, 'h'])
}

type Unit = readonly [size: number, name: string]

function pair(count: number, [size, large]: Unit, [, small]: Unit): string {
  const rest = count % size
  const head = `${Math.floor(count / size)} ${large}`
  return rest === 0 ? head : `${head} ${rest} ${small}`
}
