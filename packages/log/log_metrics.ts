// What a log shows of itself: its transactions by their outcome, and how far its runs are behind.

import type { EventLog } from '#log/event_log'
import type { Clock } from '#runtime/clock'
import type { MetricSource } from '#runtime/metrics'

const LAG_LABELS = ['group', 'topic', 'partition'] as const

/**
 * The id in the group of a reading that leaves no trace. Such a group is another one each time, so as labels there
 * would be no end of them.
 */
const GROUP_OF_ITS_OWN = /-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/

/** Transactions that were begun, and what those that have ended came to. */
export function transactionMetrics({ transactions }: Pick<EventLog, 'transactions'>): MetricSource {
  const name = 'log_transactions_total'
  const help = 'transactions by outcome: begun = committed + aborted + fenced + unknown + under way'
  return {
    families: [{ name, help, kind: 'counter', labels: ['outcome'] }],
    read: () => Object.entries(transactions).map(([outcome, value]) => ({ name, value, labels: { outcome } })),
  }
}

/** Lag of each partition that is held, in records and in seconds: the age of the last record read while more wait. */
export function lagMetrics(log: Pick<EventLog, 'lag'>, clock: Clock): MetricSource {
  const records = 'log_lag_records'
  const seconds = 'log_lag_seconds'
  const labels = LAG_LABELS
  return {
    families: [
      { name: records, help: 'records of a held partition that are not yet read', kind: 'gauge', labels },
      { name: seconds, help: 'age of the last record read, while more wait; 0 at the end', kind: 'gauge', labels },
    ],
    async read() {
      const lags = (await log.lag()).filter(({ group }) => !GROUP_OF_ITS_OWN.test(group))
      const now = clock.now()
      return lags.flatMap(({ group, topic, partition, records: behind, lastTimestamp }) => {
        const of = { group, topic, partition }
        const counted = { name: records, value: behind, labels: of }
        if (behind > 0 && lastTimestamp === null) return [counted]
        const age = behind === 0 ? 0 : Math.max(0, now - (lastTimestamp ?? now)) / 1_000
        return [counted, { name: seconds, value: age, labels: of }]
      })
    },
  }
}
