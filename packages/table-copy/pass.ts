// One pass of the copier: what it is given, what it tells on its way, and how it ended. A pass brings the target to the
// version that was the source's newest when the pass began.

import type { Metadata, Protocol } from '#delta/log/actions'
import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import type { TableVersion } from '#runtime/units'
import type { CopyLimits } from '#table-copy/limits'
import type { CopyRoom } from '#table-copy/side_by_side'

/** What a pass needs besides its two places. */
export interface CopyOptions {
  readonly clock: Clock
  /** A number in [0, 1): spreads retries. */
  readonly random: () => number
  /**
   * Aborting it ends the pass within a request; it then throws the signal's reason if that is a PlatformError, else
   * STOPPED. The target is whole, and the next pass goes on from there.
   */
  readonly signal?: AbortSignal
  readonly logger?: Logger
  /** Told often, once a file and once an entry at least; whoever shows it chooses the moments. */
  readonly onProgress?: (progress: CopyProgress) => void
  /** How the pass before this one ended, in this process: what it learned of the table is then not read again. */
  readonly previous?: CopyOutcome
  readonly limits?: Partial<CopyLimits>
  /** Shared with other passes; by default the pass has one of its own. */
  readonly room?: CopyRoom
}

/** How far a pass is. Files and bytes count what was already there, too, so that they end at what was planned. */
export interface CopyProgress {
  /** The target's newest version; undefined as long as it has none. */
  readonly version: TableVersion | undefined
  /** The version that the pass leads to. */
  readonly to: TableVersion
  readonly files: number
  readonly bytes: number
  /** Of data files, deletion vectors and change data. Known from the start; another when the pass begins anew. */
  readonly filesPlanned: number
  /** Without deletion vectors, whose size is in no log. */
  readonly bytesPlanned: number
}

/** How a pass ended: the target has every version from its first on, or from `startedAtCheckpoint` on, up to `to`. */
export interface CopyOutcome {
  /** The target's newest version before; undefined: there was no table. */
  readonly from: TableVersion | undefined
  readonly to: TableVersion
  /** Given when the source lacked what versions before this one need: the target does not have those after `from`. */
  readonly startedAtCheckpoint?: TableVersion
  /** Log entries that were put. */
  readonly entries: number
  /** Files that were written, and their bytes. */
  readonly files: number
  readonly bytes: number
  /** Files that were at the target already. */
  readonly skippedFiles: number
  readonly checkpoints: number
  /** Whether the times of versions are in the log: else TIMESTAMP AS OF at the target goes by when it was copied. */
  readonly inCommitTimestamps: boolean
  /** The table's protocol and metaData at `to`. */
  readonly protocol: Protocol
  readonly metadata: Metadata
}
