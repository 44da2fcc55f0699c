// An answer is read of one version of a table. That version's files may be vacuumed meanwhile, and the live bars may
// have moved on beyond it: then it is tried again with a newer one.

import { PlatformError } from '#runtime/errors'
import { PIN_AGE_MS_MAX, PINS_MAX } from '#services/web/history/limits'
import { RequestError } from '#services/web/request_error'

/** Makes the answer; `ageMsMax` is what to pin versions with. Throws what the last try threw. */
export async function withNewerVersions<T>(signal: AbortSignal, answer: (ageMsMax: number) => Promise<T>): Promise<T> {
  for (let pins = 1; ; pins++) {
    try {
      return await answer(pins === 1 ? PIN_AGE_MS_MAX : 0)
    } catch (error) {
      if (pins === PINS_MAX || signal.aborted || !isOfVersion(error)) throw error
    }
  }
}

/** Whether a newer version may do better: not where the store or the log does not answer. */
function isOfVersion(error: unknown): boolean {
  return error instanceof RequestError || (error instanceof PlatformError && error.code.startsWith('TABLE_'))
}
