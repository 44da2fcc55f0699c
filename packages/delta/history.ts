// The history of a table: one line a commit, newest first, from commitInfo and the actions themselves.

import { bytesIn, rowsIn } from '#delta/data_file/statistics'
import type { CommitInfo } from '#delta/log/actions'
import type { LogCommit } from '#delta/log/entry'
import { listLog } from '#delta/log/listing'
import { readCommits } from '#delta/log/reader'
import { timestampAfter } from '#delta/log/reconciliation'
import type { ObjectStore } from '#object-store/object_store'
import { type EpochMs, type TableVersion, tableVersion } from '#runtime/units'

/** What a commit did, counted from its actions. */
export interface HistoryMetrics {
  readonly filesAdded: number
  readonly filesRemoved: number
  /** Rows in the added files; null when a file does not tell. */
  readonly rowsAdded: number | null
  readonly bytesAdded: number
}

/** One commit. */
export interface HistoryEntry {
  readonly version: TableVersion
  readonly timestamp: EpochMs
  /** Whether the commit itself says so, in a way that no copy changes. */
  readonly hasInCommitTimestamp: boolean
  /** As the writer named it, e.g. WRITE; `unknown` when it did not. */
  readonly operation: string
  readonly operationParameters: Readonly<Record<string, string>>
  readonly metrics: HistoryMetrics
  readonly engineInfo: string | undefined
  readonly isBlindAppend: boolean | undefined
  /** The commit's own id. */
  readonly txnId: string | undefined
  /** Applications whose progress the commit recorded. */
  readonly appIds: readonly string[]
}

/**
 * The commits whose log entries are still there, newest first; at most `limit` of them. Empty when there is no table.
 */
export async function readHistory(store: ObjectStore, options: { limit?: number } = {}): Promise<HistoryEntry[]> {
  const listing = await listLog(store, tableVersion(0))
  const commits = options.limit === undefined ? listing.commits : lastOf(listing.commits, options.limit)
  const entries: HistoryEntry[] = []
  let timestamp = -1
  for await (const commit of readCommits(store, { commits, checkpoints: listing.checkpoints })) {
    timestamp = timestampAfter({ timestamp }, commit)
    entries.push(historyEntry(commit, timestamp as EpochMs))
  }
  return entries.reverse()
}

function lastOf<T>(items: readonly T[], count: number): readonly T[] {
  return count <= 0 ? [] : items.slice(-count)
}

function historyEntry(commit: LogCommit, timestamp: EpochMs): HistoryEntry {
  const info: CommitInfo = commit.info ?? {}
  return {
    version: commit.version,
    timestamp,
    hasInCommitTimestamp: commit.inCommitTimestamp !== undefined,
    operation: typeof info.operation === 'string' ? info.operation : 'unknown',
    operationParameters: info.operationParameters ?? {},
    metrics: {
      filesAdded: commit.adds.length,
      filesRemoved: commit.removes.length,
      rowsAdded: rowsIn(commit.adds),
      bytesAdded: bytesIn(commit.adds),
    },
    engineInfo: info.engineInfo,
    isBlindAppend: info.isBlindAppend,
    txnId: info.txnId,
    appIds: commit.txns.map((txn) => txn.appId),
  }
}
