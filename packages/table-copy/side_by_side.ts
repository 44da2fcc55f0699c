// Tables that are copied side by side. What is in memory and on its way has one bound for all of them, first come,
// first served, so that a large table slows the others down but does not hold them up.

import { Room } from '#table-copy/files/room'
import { COPY_LIMITS_DEFAULT, COPY_TABLES_MAX, type CopyLimits } from '#table-copy/limits'

/** The room that passes share. */
export interface CopyRoom {
  readonly files: Room
  /** Log entries that are held until their files are there. */
  readonly entries: Room
  /** Passes that may be in it at the same time: each takes its part of what is read ahead. */
  readonly tablesMax: number
}

/** A room of this size. */
export function openCopyRoom(limits: CopyLimits, tablesMax = 1): CopyRoom {
  const { filesMax, bytesMax, entriesMax, entryBytesMax } = limits
  return {
    files: new Room({ piecesMax: filesMax, bytesMax }),
    entries: new Room({ piecesMax: entriesMax, bytesMax: entryBytesMax }),
    tablesMax,
  }
}

/** Gives tables their turns, and the room that they share. */
export class SideBySide {
  readonly room: CopyRoom = openCopyRoom(COPY_LIMITS_DEFAULT, COPY_TABLES_MAX)
  readonly #tables = new Room({ piecesMax: COPY_TABLES_MAX, bytesMax: 0 })

  /** Does the work as soon as fewer than COPY_TABLES_MAX tables are at theirs. */
  async turn<T>(work: () => Promise<T>): Promise<T> {
    const taken = await this.#tables.enter(0)
    try {
      return await work()
    } finally {
      this.#tables.leave(taken)
    }
  }
}
