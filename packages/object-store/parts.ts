// Large objects on their way to a store: the parts that a caller hands over, in pieces of the size that stores take,
// few of them in memory at a time.

import { BYTES_HELD_MAX } from '#object-store/object_store'

/** How many parts of one upload are on their way at once. */
const PARTS_UNDER_WAY_MAX = 3
/**
 * How large the parts of an upload are, but for the last. S3 takes 5 MiB to 5 GiB and 10,000 of them, Azure up to 4,000
 * MiB. When another part is asked for, one of those under way is done, and in its place a new one may be begun.
 */
export const UPLOAD_PART_BYTES = BYTES_HELD_MAX / PARTS_UNDER_WAY_MAX

/** What to do with an object, by its size. */
export interface Upload<T> {
  /** It fits one part, or is empty. */
  whole(body: Uint8Array): Promise<T>
  /** It does not: two parts at least, all of the same size but the last. */
  inParts(parts: AsyncIterable<Uint8Array>): Promise<T>
}

/** Hands an object's bytes over in parts of the given size. However it ends, the source is closed. */
export async function upload<T>(
  source: AsyncIterable<Uint8Array>,
  to: Upload<T>,
  partBytes: number = UPLOAD_PART_BYTES,
): Promise<T> {
  const parts = regrouped(source, partBytes)
  try {
    const begun = await firstTwo(parts)
    if (begun.length < 2) return await to.whole(begun[0] ?? new Uint8Array())
    return await to.inParts(goingOn(begun, parts))
  } finally {
    await parts.return(undefined)
  }
}

/**
 * Sends every part, few at a time, and gives the results in the order of the parts. After a failure no more are sent;
 * it is thrown when none is on its way any more.
 */
export async function sendParts<T>(
  parts: AsyncIterable<Uint8Array>,
  send: (part: Uint8Array, at: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = []
  const failures: unknown[] = []
  const underWay: Promise<void>[] = []
  const sendOne = async (part: Uint8Array, at: number) => {
    try {
      results[at] = await send(part, at)
    } catch (error) {
      failures.push(error)
    }
  }
  try {
    let at = 0
    for await (const part of parts) {
      underWay.push(sendOne(part, at++))
      // The oldest, not the fastest: the caller counts on parts that are long past to be done with.
      if (underWay.length === PARTS_UNDER_WAY_MAX) await underWay.shift()
      if (failures.length > 0) break
    }
  } finally {
    await Promise.all(underWay)
  }
  if (failures.length > 0) throw failures[0]
  return results
}

/** The same bytes in pieces of one size, but for the last; none where there are no bytes. */
async function* regrouped(source: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array, undefined> {
  let piece: Uint8Array | undefined
  let filled = 0
  // Most objects come in one part: the beginning of a piece is copied only when there is more of it.
  let begun: Uint8Array | undefined
  for await (const part of source) {
    for (let at = 0; at < part.byteLength; ) {
      const taken = part.subarray(at, at + bytes - filled)
      at += taken.byteLength
      if (begun !== undefined) {
        piece = Buffer.allocUnsafeSlow(bytes)
        piece.set(begun)
        begun = undefined
      }
      if (filled === 0) begun = taken
      else piece?.set(taken, filled)
      filled += taken.byteLength
      if (filled < bytes) continue
      yield begun ?? (piece as Uint8Array)
      begun = undefined
      filled = 0
    }
  }
  if (filled > 0) yield begun ?? (piece as Uint8Array).subarray(0, filled)
  return undefined
}

async function firstTwo<T>(parts: AsyncIterator<T>): Promise<T[]> {
  const begun: T[] = []
  for (let next = await parts.next(); !next.done; next = await parts.next()) {
    if (begun.push(next.value) === 2) break
  }
  return begun
}

/** Those that were taken already, each let go once it is handed on, and then the others. */
async function* goingOn<T>(begun: T[], others: AsyncIterable<T>): AsyncGenerator<T> {
  for (let next = begun.shift(); next !== undefined; next = begun.shift()) yield next
  yield* others
}
