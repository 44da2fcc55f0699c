// What a unit brought, as records: bars, then the days that tell what they cover, then corporate actions. All have the
// symbol as key, and are published as one.

import type { NewRecord } from '#log/event_log'
import { encodeCorporateAction } from '#market/history/corporate_action'
import { encodeHistoryBar } from '#market/history/history_bar'
import { encodeHistoryDay } from '#market/history/history_day'
import { CORPORATE_ACTIONS_TOPIC, HISTORY_BARS_TOPIC, HISTORY_DAYS_TOPIC } from '#market/topics'
import type { UnitHistory } from '#services/backfill/chart/history_of'

/** The records of a unit, which are never none: each of its days is told of. */
export function recordsOf({ bars, days, actions }: UnitHistory): NewRecord[] {
  return [
    ...bars.map((bar) => ({ topic: HISTORY_BARS_TOPIC, key: bar.symbol, value: encodeHistoryBar(bar) })),
    ...days.map((day) => ({ topic: HISTORY_DAYS_TOPIC, key: day.symbol, value: encodeHistoryDay(day) })),
    ...actions.map((action) => ({
      topic: CORPORATE_ACTIONS_TOPIC,
      key: action.symbol,
      value: encodeCorporateAction(action),
    })),
  ]
}
