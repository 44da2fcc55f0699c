// Where a clone came from stands in the commitInfo of its version 0: so that who made it finds it again, and nobody
// takes another table for it. Source: docs/copy.md, Hand-outs.

import { bytesIn } from '#delta/data_file/statistics'
import type { CommitInfo } from '#delta/log/actions'
import { commitInfo } from '#delta/log/commit_info'
import { listLog } from '#delta/log/listing'
import { readCommits } from '#delta/log/reader'
import type { Snapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'
import { tableVersion } from '#runtime/units'

/** Which version of which table a clone was made of. */
export interface CloneOrigin {
  readonly tableId: string
  readonly version: number
}

/** The version to clone, and where its table is. */
export interface CloneSource {
  readonly snapshot: Snapshot
  readonly url: string
}

const OPERATION = 'CLONE'

/** The commitInfo of the clone's version 0. */
export function cloneInfo({ snapshot, url }: CloneSource, facts: Parameters<typeof commitInfo>[0]): CommitInfo {
  const files = [...snapshot.files.values()]
  const [count, bytes] = [String(files.length), String(bytesIn(files))]
  return commitInfo(facts, {
    operation: OPERATION,
    operationParameters: {
      source: url,
      sourceTableId: snapshot.metadata.id,
      sourceVersion: String(snapshot.version),
      isShallow: 'false',
    },
    isolationLevel: 'Serializable',
    isBlindAppend: false,
    operationMetrics: {
      sourceNumOfFiles: count,
      sourceTableSize: bytes,
      numCopiedFiles: count,
      copiedFilesSize: bytes,
    },
  })
}

/** What the table in the store is a clone of; undefined when it is none of ours. Throws STORE_ and TABLE_ errors. */
export async function originOf(store: ObjectStore): Promise<CloneOrigin | undefined> {
  const first = (await listLog(store, tableVersion(0))).commits[0]
  if (first?.version !== 0) return undefined
  for await (const { info } of readCommits(store, { commits: [first] })) {
    const { sourceTableId: tableId, sourceVersion } = info?.operationParameters ?? {}
    const version = Number(sourceVersion ?? Number.NaN)
    const isOurs = info?.operation === OPERATION && typeof tableId === 'string' && Number.isSafeInteger(version)
    return isOurs ? { tableId, version } : undefined
  }
  return undefined
}
