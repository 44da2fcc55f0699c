// A service whose data was deleted under it ends, with one clear error: what it went on to write nobody would ever
// read.

import { folderOf } from '#object-store/open'
import { type ErrorCode, PlatformError } from '#runtime/errors'
import { PlaceWatch, type WatchedPlace } from '#runtime/files/place_watch'
import type { ServiceContext } from '#services/platform/service'

/** How long a service may still take to end once its data is gone. Nothing that it could finish matters any more. */
const DATA_LOST_GRACE_MS = 2_000

/** Watches the embedded log and the lake's folder, where they are on this machine. */
export interface DataWatch {
  /** Aborted when the command was asked to end, and when the data is gone. */
  readonly signal: AbortSignal
  /** To be called when all is opened: the places are taken as they are then. */
  begin(): Promise<void>
  /**
   * What the work resolves to. Throws LOG_FAILED or STORE_FAILED when the data is gone, whatever the work makes of it.
   */
  whileThere<T>(work: Promise<T>): Promise<T>
  end(): void
}

/** Where the data is. */
export interface DataPlaces {
  /** The embedded log's file; undefined on Kafka. */
  readonly log: string | undefined
  /** The lake's root, by path or URL; undefined for a service that does without. */
  readonly lake: string | undefined
}

/** A watch that has not begun yet. */
export function dataWatch(
  { clock, signal }: Pick<ServiceContext, 'clock' | 'signal'>,
  { log, lake }: DataPlaces,
): DataWatch {
  const lost = new AbortController()
  const done = new AbortController()
  let watch: PlaceWatch | undefined
  const watched = (path: string | undefined, code: ErrorCode): WatchedPlace[] =>
    path === undefined ? [] : [{ path, onLost: (loss) => lost.abort(dataLost(code, `${path} was ${loss}`)) }]
  const folder = lake === undefined ? undefined : folderOf(lake)
  const places = [...watched(log, 'LOG_FAILED'), ...watched(folder, 'STORE_FAILED')]
  const isOver = new Promise<void>((resolve) => {
    const wait = () => clock.sleep(DATA_LOST_GRACE_MS, done.signal).then(resolve)
    lost.signal.addEventListener('abort', wait, { once: true })
  })
  return {
    signal: AbortSignal.any([signal, lost.signal]),
    async begin() {
      watch = await PlaceWatch.begin(places)
      void watch.run({ clock, signal: done.signal })
    },
    async whileThere<T>(work: Promise<T>): Promise<T> {
      try {
        const result = await Promise.race([work, isOver.then(() => Promise.reject(lost.signal.reason))])
        lost.signal.throwIfAborted()
        return result
      } catch (error) {
        // A service may have met the consequences before the watch has looked.
        await watch?.check()
        lost.signal.throwIfAborted()
        throw error
      }
    },
    end: () => done.abort(),
  }
}

function dataLost(code: ErrorCode, what: string): PlatformError {
  const advice = 'so this process ends; the next start uses what it finds there'
  return new PlatformError(code, `${what} while it was in use, ${advice}`)
}
