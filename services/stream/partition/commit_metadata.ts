// What stands beside a committed offset: the topic's id, the newest state snapshot, and the forced closings that the
// records do not show. Versioned JSON, well below the log's limit.

import {
  decodeForcedClosing,
  encodeForcedClosing,
  type ForcedClosing,
} from '#services/stream/partition/forced_closings'

/** The metadata of one commit. */
export interface CommitMetadata {
  /** Of the input topic, when the offset was committed; null in what a version before this one wrote. */
  readonly topicId: string | null
  /** The offset of a state snapshot that is written; null when there is none. */
  readonly snapshot: number | null
  readonly forcedClosings: readonly ForcedClosing[]
}

/** Of a partition that nothing was committed of, or whose offset was set by hand. */
export const NO_METADATA: CommitMetadata = { topicId: null, snapshot: null, forcedClosings: [] }

const VERSION = 2

/** Before there were state snapshots. */
const VERSION_WITHOUT_SNAPSHOTS = 1

/** The metadata as text. Forced closings are called `decisions` in it. */
export function encodeMetadata({ topicId, snapshot, forcedClosings }: CommitMetadata): string {
  return JSON.stringify({ version: VERSION, topicId, snapshot, decisions: forcedClosings.map(encodeForcedClosing) })
}

/** The metadata of a commit; null when the text is not ours or not understood. */
export function decodeMetadata(text: string): CommitMetadata | null {
  if (text === '') return NO_METADATA
  try {
    const { version, topicId = null, snapshot = null, decisions } = JSON.parse(text) as Record<string, unknown>
    if (version !== VERSION && version !== VERSION_WITHOUT_SNAPSHOTS) return null
    if (topicId !== null && typeof topicId !== 'string') return null
    if (snapshot !== null && !isOffset(snapshot)) return null
    const decoded = Array.isArray(decisions) ? decisions.map(decodeForcedClosing) : [null]
    return decoded.includes(null) ? null : { topicId, snapshot, forcedClosings: decoded as ForcedClosing[] }
  } catch {
    return null
  }
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
