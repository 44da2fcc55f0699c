// A redrive mark, told from a letter by its header (headers.ts): the record that a redrive leaves in
// stock-dead-letters, in the partition of the letters that it has published again and in the transaction that publishes
// them. It is younger than its letters and in the same partition, so no retention can remove it before them.

import type { Offset } from '#runtime/units'

/** Offsets in a row, both included. */
export type OffsetRange = readonly [first: number, last: number]

/** What one transaction of a redrive has published again. */
export interface RedriveMark {
  /** Which redrive it was: one id a call of the command. */
  readonly redrive: string
  /** The letters, by their offsets in the mark's own partition, ascending. */
  readonly letters: readonly OffsetRange[]
}

/** The value of a mark. */
export function encodeRedriveMark(mark: RedriveMark): string {
  return JSON.stringify(mark)
}

/** The mark in a value; null when no version of us wrote it. */
export function decodeRedriveMark(value: Uint8Array | null): RedriveMark | null {
  try {
    const { redrive, letters } = JSON.parse(new TextDecoder().decode(value ?? undefined)) as Record<string, unknown>
    if (typeof redrive !== 'string' || !Array.isArray(letters) || !letters.every(isRange)) return null
    return { redrive, letters }
  } catch {
    return null
  }
}

/** Ascending offsets as ranges without holes. */
export function rangesOf(offsets: readonly Offset[]): readonly OffsetRange[] {
  const ranges: [number, number][] = []
  for (const offset of offsets) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] + 1 === offset) last[1] = offset
    else ranges.push([offset, offset])
  }
  return ranges
}

function isRange(value: unknown): value is OffsetRange {
  if (!Array.isArray(value) || value.length !== 2 || !value.every(Number.isSafeInteger)) return false
  const [first, last] = value as [number, number]
  return first >= 0 && last >= first
}
