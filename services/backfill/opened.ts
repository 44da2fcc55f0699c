// A backfill with its parts opened from the settings: for the command, and for a producer that fills its last days.

import type { QueryContext, StoreOpener } from '#lake/query_context'
import type { EventLog } from '#log/event_log'
import type { HistoryGrain } from '#market/history/history_bar'
import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import type { Settings } from '#runtime/settings'
import type { BackfillOptions } from '#services/backfill/backfill'
import { backfillSettings } from '#services/backfill/config'
import { yahooHistory } from '#services/backfill/history_source'
import { calendarSettings, calendarsOf } from '#services/calendar_settings'

/** What it takes from its process. */
export interface BackfillContext {
  readonly settings: Settings
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  readonly logger: Logger
}

/** What every backfill of these settings has. */
export type OpenedBackfill = Omit<BackfillOptions, 'name' | 'wish'>

/** Opens the source and the calendars. Nothing is asked yet. */
export function openBackfill(
  context: BackfillContext,
  { log, signal }: { readonly log: EventLog; readonly signal: AbortSignal },
): OpenedBackfill {
  const { settings, clock, random, newId, logger } = context
  const { YAHOO_BASE_URL: baseUrl, BACKFILL_INTERVAL_MS: intervalMs } = settings.of(backfillSettings)
  const calendars = calendarsOf(settings.of(calendarSettings))
  const source = yahooHistory({ fetch, baseUrl, clock, signal })
  return { source, calendars, intervalMs, log, clock, random, newId, logger, signal }
}

/** Reads in the lake what the topics have lost; loaded when that has happened. */
export function tableSurvey(
  context: QueryContext & StoreOpener,
  grain: HistoryGrain,
): NonNullable<BackfillOptions['surveyTable']> {
  return async (done) => {
    const { surveyTable } = await import('#services/backfill/done/survey_table')
    await surveyTable(context, { done, grain })
  }
}
