// Reads what is done out of the topics, to their ends as they are now. Whoever opens the publisher first knows that no
// other backfill adds to it afterwards.

import type { EventLog, LogRecord } from '#log/event_log'
import { readParts } from '#log/topic_reading'
import type { CorporateAction } from '#market/history/corporate_action'
import type { HistoryGrain } from '#market/history/history_bar'
import type { HistoryDay } from '#market/history/history_day'
import { CORPORATE_ACTIONS_TOPIC, HISTORY_DAYS_TOPIC } from '#market/topics'
import type { DoneDays } from '#services/backfill/done/done_days'

/** What to read, and who is told. */
export interface TopicSurvey {
  readonly log: EventLog
  readonly grain: HistoryGrain
  readonly newId: () => string
  readonly signal: AbortSignal
  readonly done: DoneDays
}

/** Notes all days of the grain and all actions; resolves to whether the topics hold all that was ever written. */
export async function surveyTopics({
  log,
  grain,
  newId,
  signal,
  done,
}: TopicSurvey): Promise<{ readonly whole: boolean }> {
  const topics = [HISTORY_DAYS_TOPIC, CORPORATE_ACTIONS_TOPIC]
  const parts = (await Promise.all(topics.map((topic) => log.ranges(topic)))).flat()
  const isOfGrain = Buffer.from(`"grain":"${grain}"`)
  await readParts(log, {
    parts,
    group: `backfill-survey-${newId()}`,
    signal,
    take({ topic }, { value }) {
      if (value === null) return
      if (topic === CORPORATE_ACTIONS_TOPIC) return note(value, (action: CorporateAction) => done.noteAction(action))
      if (Buffer.from(value.buffer, value.byteOffset, value.byteLength).includes(isOfGrain)) {
        note(value, (day: HistoryDay) => done.note(day))
      }
    },
  })
  return { whole: parts.every(({ start }) => start === 0) }
}

/** What is no JSON of ours says nothing. */
function note<T>(value: NonNullable<LogRecord['value']>, take: (record: T) => void): void {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')
  let record: T
  try {
    record = JSON.parse(text) as T
  } catch {
    return
  }
  if (typeof record === 'object' && record !== null) take(record)
}
