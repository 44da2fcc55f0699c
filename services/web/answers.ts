// What the page's answers stand on, made ready: the live records out of the topics, the history out of the tables, the
// state of the flow, and whoever watches them.

import type { Calendars } from '#calendar/calendar'
import { liveTablesOf } from '#lake/tables'
import type { EventLog } from '#log/event_log'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import type { Settings } from '#runtime/settings'
import { barSettings } from '#services/bar_settings'
import { decoderOf, decoderSettings } from '#services/decoder_settings'
import { EventHub } from '#services/web/events/event_hub'
import { liveRoutes } from '#services/web/events/live_routes'
import { Flow } from '#services/web/flow/flow'
import { flowRoutes, runFlowUpdates } from '#services/web/flow/flow_updates'
import { openHistory } from '#services/web/history/history'
import { watchHistory } from '#services/web/history/history_watch'
import type { Routes } from '#services/web/http/route'
import { runLive } from '#services/web/live/live'
import { LiveRecords } from '#services/web/live/live_records'
import { withRefusedSeed } from '#services/web/refused/refused_seed'
import { RefusedToday } from '#services/web/refused/refused_today'

/** What the answers are made from. */
export interface AnswerParts {
  readonly settings: Settings
  readonly log: EventLog
  readonly lake: ObjectStore
  readonly calendars: Calendars
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  readonly logger: Logger
  /** Changes with the page's own files. */
  readonly build: string
  readonly sql: boolean
  readonly signal: AbortSignal
}

/** The answers, ready. */
export interface Answers {
  readonly routes: Routes
  readonly flow: Flow
  /** Keeps them up to date until the signal aborts. Throws what the log threw last when it stays away. */
  run(): Promise<void>
  /** Ends the streams of all viewers, and the process that reads the tables. */
  close(): Promise<void>
}

/** Makes them. */
export function makeAnswers(parts: AnswerParts): Answers {
  const { settings, log, lake, calendars, clock, newId, signal, build, sql } = parts
  const barIntervalMs = settings.of(barSettings).BAR_INTERVAL_MS
  const decoder = decoderOf(settings.of(decoderSettings))
  const live = new LiveRecords({ barIntervalMs, calendars, id: newId() })
  const history = openHistory(parts)
  const hub = new EventHub({ live, clock, logger: parts.logger, build, sql })
  const refused = new RefusedToday()
  const flow = new Flow({ log, lake, tables: liveTablesOf([barIntervalMs]), live, refused, clock, newId, signal })
  return {
    flow,
    routes: {
      ...liveRoutes({ live, hub, history: history.seam, clock }),
      ...history.routes(live.seam),
      ...flowRoutes(flow),
    },
    async run() {
      history.warmUp()
      const seeding = withRefusedSeed(history.seam, refused, { ...parts, tables: history.tables })
      const reading = runLive(live, { ...parts, history: seeding, decoder, barIntervalMs, readAlong: refused })
      const watched = { tables: history.tables, history: history.seam, board: live.board, viewers: hub }
      const watching = watchHistory({ ...parts, ...watched })
      await Promise.all([reading, watching, runFlowUpdates({ flow, viewers: hub, clock, signal })])
    },
    async close() {
      hub.close()
      await history.close()
    },
  }
}
