// Notices when files and folders that a process uses are deleted, moved or replaced. An open file lives on when its
// name is gone, so a process could write for days what nobody will ever read.

import { stat } from 'node:fs/promises'
import type { Clock } from '#runtime/clock'

/** How often the places are looked at. */
export const PLACE_CHECK_MS = 500

/** What became of a place. */
export type PlaceLoss = 'deleted' | 'replaced'

/** A place that must stay what it is. */
export interface WatchedPlace {
  readonly path: string
  /** Told once. */
  readonly onLost: (loss: PlaceLoss) => void
}

interface SeenPlace {
  readonly place: WatchedPlace
  readonly identity: string
}

/** Places as they were when the watch began; one that was not there then is not watched. */
export class PlaceWatch {
  #watched: readonly SeenPlace[]

  /** PlaceWatch.begin looks at the places first. */
  constructor(watched: readonly SeenPlace[]) {
    this.#watched = watched
  }

  static async begin(places: readonly WatchedPlace[]): Promise<PlaceWatch> {
    const seen = await Promise.all(places.map(async (place) => ({ place, identity: await identityOf(place.path) })))
    return new PlaceWatch(seen.filter((each): each is SeenPlace => each.identity !== undefined))
  }

  /** Looks now and then, until the signal aborts. */
  async run({ clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }): Promise<void> {
    while (!signal.aborted && this.#watched.length > 0) {
      await clock.sleep(PLACE_CHECK_MS, signal)
      if (!signal.aborted) await this.check()
    }
  }

  /** Looks now. */
  async check(): Promise<void> {
    for (const { place, identity } of this.#watched) {
      const now = await identityOf(place.path)
      const isSame = now === identity || now === UNKNOWN || identity === UNKNOWN
      if (isSame || !this.#watched.some((each) => each.place === place)) continue
      this.#watched = this.#watched.filter((each) => each.place !== place)
      place.onLost(now === undefined ? 'deleted' : 'replaced')
    }
  }
}

/** What a disk says that does not answer just now: nothing about the place. */
const UNKNOWN = 'unknown'

/** Undefined when nothing is there. A folder has none of its own: some network filesystems number them anew. */
async function identityOf(path: string): Promise<string | undefined> {
  try {
    const facts = await stat(path, { bigint: true })
    return facts.isFile() ? `file ${facts.dev}:${facts.ino}` : 'folder'
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : UNKNOWN
  }
}
