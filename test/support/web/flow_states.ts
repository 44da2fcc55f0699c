// The state of a flow in which all is well, for tests that change something in it.

import type { EpochMs } from '#runtime/units'
import type { FlowState, TableState, TopicState } from '#services/web/api'

/** A flow at a time. */
export function flowState(now: number, changes: Partial<FlowState> = {}): FlowState {
  const at = (ageMs: number) => (now - ageMs) as EpochMs
  const topic = (name: string, records: number, ageMs: number): TopicState => ({
    topic: name,
    records,
    recordsPerSecond: records / 1000,
    newestEventTime: at(ageMs),
    freshness: 'fresh',
  })
  return {
    now: now as EpochMs,
    freshness: 'fresh',
    source: 'simulator',
    newestEventTime: at(400),
    topics: [
      topic('stock-prices', 52_345, 400),
      topic('stock-bars-1m', 1_204, 42_000),
      topic('stock-alerts', 17, 240_000),
      topic('stock-prices-late', 3, 7_200_000),
      topic('stock-dead-letters', 12, 60_000),
    ],
    readers: [
      { name: 'stream', lagRecords: 0, lagSeconds: 0 },
      { name: 'writer', lagRecords: 212, lagSeconds: 4.2 },
    ],
    tables: [
      tableOf('stocks', { now, rows: 52_133 }),
      tableOf('bars_1m', { now, rows: 1_204 }),
      tableOf('alerts', { now, rows: 17 }),
      tableOf('late_quotes', { now, rows: 3 }),
      tableOf('dead_letters', { now, rows: 12 }),
    ],
    lateQuotes: { count: 0, example: null },
    deadLetters: { count: 0, reasons: [] },
    trouble: null,
    ...changes,
  }
}

function tableOf(name: string, { now, rows }: { readonly now: number; readonly rows: number }): TableState {
  return {
    name,
    version: 412,
    lastCommit: (now - 3_000) as EpochMs,
    rows,
    files: 14,
    bytes: rows * 31,
    medianFileBytes: 48_211,
    commitsSinceCheckpoint: 12,
    newestEventTime: (now - 5_000) as EpochMs,
    freshness: 'fresh',
  }
}
