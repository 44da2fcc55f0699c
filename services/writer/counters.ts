// What the writer has done since it started. Numbers only grow; rows + copies + refused + marks +
// unreadable = records handled.

import { TABLES, type TableSpec } from '#lake/tables'
import type { Counters } from '#runtime/metrics'

/** The writer's counters; rows are counted when they are committed, the others when they are met. */
export interface WriterCounters extends Counters {
  /** Committed rows by table. */
  rows: Record<string, number>
  /** Values of stock-prices that are no valid quote: the stream's dead letters carry them. */
  refused: number
  /** Re-keyed copies of quotes, which are landed where they came first. */
  copies: number
  /** Records of stock-dead-letters that say which letters were redriven. */
  marks: number
  /** Records of derived topics that cannot be read: logged, and named by the commit that passes them. */
  unreadable: number
  files: number
  commits: number
  /** Size of the data files. */
  bytes: number
  /** Commits that another writer had made already. */
  fenced: number
  /** Commits that merged small files, and the files that went into them. */
  merges: number
  mergedFiles: number
  checkpoints: number
}

/** Counters at zero, of a writer that fills those tables. */
export function newCounters(tables: readonly TableSpec[] = TABLES): WriterCounters {
  const rows = Object.fromEntries(tables.map((table) => [table.name, 0]))
  const none = { refused: 0, copies: 0, marks: 0, unreadable: 0, files: 0, commits: 0, bytes: 0, fenced: 0 }
  return { rows, ...none, merges: 0, mergedFiles: 0, checkpoints: 0 }
}
