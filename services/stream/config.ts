// Settings of the stream service. Read once, at start, and the file of alert rules with them.
// What lateness can hold of a symbol's windows is bounded.

import type { Calendars } from '#calendar/calendar'
import { openCalendars } from '#calendar/calendars'
import { DEFAULT_DECODER_SETTINGS, type InPlaceDecoder } from '#market/decoding/decoder'
import { createDecoder } from '#market/decoding/scanning_decoder'
import { integerSetting, readSettings, type SettingsOf, settingsGroup } from '#runtime/settings'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#runtime/units'
import { barSettings } from '#services/bar_settings'
import { alertRulesSetting } from '#services/stream/alert_rules_file'
import type { AlertRule } from '#services/stream/alerts/rules'
import { WINDOWS_PER_SYMBOL_MAX } from '#services/stream/limits'
import { retainedWindowsMax, type WindowSettings } from '#services/stream/windows/placement'

/**
 * What is a quote and of which trade date, where windows lie, and when a silent symbol's are closed. Times in
 * milliseconds.
 */
export interface StreamConfig extends WindowSettings {
  /** A symbol silent for this long, by ingest time, has its windows closed. */
  readonly idleCloseMs: number
  /** The one that all who decode share. Its settings decide as much as the others here. */
  readonly decoder: InPlaceDecoder
  /** Likewise those of the process. */
  readonly calendars: Calendars
}

/** What the topology is told; the same for all partitions and for life. */
export interface TopologySettings extends StreamConfig {
  readonly rules: readonly AlertRule[]
}

/** The variables of the stream service. */
export const streamSettings = settingsGroup({
  ...barSettings.shape,
  WATERMARK_DELAY_MS: integerSetting({ min: 0, max: HOUR_MS, default: 2_000 }),
  IDLE_CLOSE_MS: integerSetting({ min: 1, max: DAY_MS, default: 30_000 }),
  ALLOWED_LATENESS_MS: integerSetting({ min: 0, max: DAY_MS, default: 5 * MINUTE_MS }),
  REVISION_DELAY_MS: integerSetting({ min: 0, max: HOUR_MS, default: 1_000 }),
  ALERT_RULES: alertRulesSetting(),
}).together(['ALLOWED_LATENESS_MS', 'WATERMARK_DELAY_MS', 'BAR_INTERVAL_MS'], windowsFault)

/** What a process has once, and the stream takes from it. */
export type SharedParts = Pick<StreamConfig, 'decoder' | 'calendars'>

/** The settings as the stream takes them, with what its process has. */
export function streamConfig(settings: SettingsOf<typeof streamSettings.shape>, shared: SharedParts): StreamConfig {
  return {
    barIntervalMs: settings.BAR_INTERVAL_MS,
    watermarkDelayMs: settings.WATERMARK_DELAY_MS,
    idleCloseMs: settings.IDLE_CLOSE_MS,
    allowedLatenessMs: settings.ALLOWED_LATENESS_MS,
    revisionDelayMs: settings.REVISION_DELAY_MS,
    ...shared,
  }
}

/** The defaults, for tests and tools. */
export const DEFAULT_STREAM_CONFIG: StreamConfig = streamConfig(readSettings({}, streamSettings), {
  decoder: createDecoder(DEFAULT_DECODER_SETTINGS),
  calendars: openCalendars({}),
})

interface WindowVariables {
  readonly ALLOWED_LATENESS_MS: number
  readonly WATERMARK_DELAY_MS: number
  readonly BAR_INTERVAL_MS: number
}

function windowsFault(variables: WindowVariables): string | null {
  const { ALLOWED_LATENESS_MS: latenessMs, WATERMARK_DELAY_MS: delayMs, BAR_INTERVAL_MS: intervalMs } = variables
  const placed = { allowedLatenessMs: latenessMs, watermarkDelayMs: delayMs, barIntervalMs: intervalMs }
  const windows = retainedWindowsMax(placed)
  if (windows <= WINDOWS_PER_SYMBOL_MAX) return null
  const given = `ALLOWED_LATENESS_MS ${latenessMs}, WATERMARK_DELAY_MS ${delayMs} and BAR_INTERVAL_MS ${intervalMs}`
  const advice = 'lengthen the interval, or shorten the lateness or the delay'
  return `${given} together keep ${windows} windows per symbol, and ${WINDOWS_PER_SYMBOL_MAX} is the most: ${advice}`
}
