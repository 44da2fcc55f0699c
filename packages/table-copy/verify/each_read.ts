// The reads of a verification: as many at a time as it may have, until it is told to stop.

import { inParallel } from '#object-store/in_parallel'
import { PlatformError } from '#runtime/errors'
import { VERIFY_READS_MAX } from '#table-copy/limits'

/** Resolves when all are done. Throws what the work throws, and STOPPED when the signal aborts. */
export async function eachRead<T>(
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  await inParallel(items, VERIFY_READS_MAX, async (item) => {
    if (signal?.aborted) throw stopped()
    await work(item)
  })
}

/** The error for a verification that was told to stop. */
export function stopped(): PlatformError {
  return new PlatformError('STOPPED', 'stopped before its end; nothing is proved')
}
