// Settings of the stream service: names and defaults are fixed by the design, section 9. Read once, at start.
// Windows must not span two session dates, and what lateness can hold of them is bounded.

import { z } from 'zod'
import { FUTURE_TOLERANCE_MS } from '#market/decode'
import { PlatformError } from '#runtime/errors'
import { type Env, integerSetting, readSettings } from '#runtime/settings'
import { WINDOWS_PER_SYMBOL_MAX } from '#services/stream/limits'
import { SESSION_SLOT_MS } from '#services/stream/session'

/** How windows open and close. All in milliseconds. */
export interface StreamConfig {
  /** Length of a bar's window; divides 15 minutes. */
  readonly barIntervalMs: number
  /** How far a symbol's watermark stays behind its newest event time. */
  readonly watermarkDelayMs: number
  /** A symbol silent for this long, by ingest time, has its windows closed. */
  readonly idleCloseMs: number
  /** How long after its window's end, by the watermark, a quote still revises the bar. */
  readonly allowedLatenessMs: number
  /** How far a quote's event time may lie after its ingest time. */
  readonly futureToleranceMs: number
}

const HOUR_MS = 3_600_000

/** The variables of the stream service, for readSettings. */
export const STREAM_SETTINGS = {
  BAR_INTERVAL_MS: integerSetting({ min: 1, max: SESSION_SLOT_MS, default: 60_000 }).refine(
    (ms) => SESSION_SLOT_MS % ms === 0,
    'must divide 15 minutes (900000 ms), so that no bar spans two session dates',
  ),
  WATERMARK_DELAY_MS: integerSetting({ min: 0, max: HOUR_MS, default: 2_000 }),
  IDLE_CLOSE_MS: integerSetting({ min: 1, max: 24 * HOUR_MS, default: 30_000 }),
  ALLOWED_LATENESS_MS: integerSetting({ min: 0, max: 24 * HOUR_MS, default: 300_000 }),
  FUTURE_TOLERANCE_MS: integerSetting({ min: 0, max: 24 * HOUR_MS, default: FUTURE_TOLERANCE_MS }),
  ALERT_RULES: z.string().optional(),
} as const

/** The defaults, for tests and tools. */
export const DEFAULT_STREAM_CONFIG: StreamConfig = readStreamConfig({}).config

/** Reads the settings; `alertRulesPath` is for the caller to read. Throws CONFIG_INVALID with all errors. */
export function readStreamConfig(env: Env): { config: StreamConfig; alertRulesPath: string | null } {
  const settings = readSettings(env, STREAM_SETTINGS)
  const config = {
    barIntervalMs: settings.BAR_INTERVAL_MS,
    watermarkDelayMs: settings.WATERMARK_DELAY_MS,
    idleCloseMs: settings.IDLE_CLOSE_MS,
    allowedLatenessMs: settings.ALLOWED_LATENESS_MS,
    futureToleranceMs: settings.FUTURE_TOLERANCE_MS,
  }
  checkWindows(config)
  return { config, alertRulesPath: settings.ALERT_RULES ?? null }
}

function checkWindows(config: StreamConfig): void {
  const windows = Math.ceil((config.allowedLatenessMs + config.watermarkDelayMs) / config.barIntervalMs) + 2
  if (windows <= WINDOWS_PER_SYMBOL_MAX) return
  const needed = `ALLOWED_LATENESS_MS, WATERMARK_DELAY_MS and BAR_INTERVAL_MS together keep ${windows} windows a symbol`
  const advice = `at most ${WINDOWS_PER_SYMBOL_MAX} are allowed: lengthen the interval or shorten the lateness`
  throw new PlatformError('CONFIG_INVALID', `wrong settings:\n  ${needed}; ${advice}`)
}
