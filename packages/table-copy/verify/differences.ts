// What can be wrong with a copy: each difference is a value that says where, what, and what a person can do about it.
// The list is bounded, the count is not: a target that was damaged by the thousand is told by its first few.

import { VERIFY_DIFFERENCES_MAX } from '#table-copy/limits'

/** What kind of difference it is. */
export type DifferenceKind =
  /** The two places hold different tables; nothing else was compared. */
  | 'another_table'
  /** The target has a version that the source never had. */
  | 'entry_extra'
  | 'entry_missing'
  | 'entry_changed'
  /** A checkpoint, or another file that readers take for the log. */
  | 'checkpoint_changed'
  /** The target cannot be read, or reads as another state than the source at the same version. */
  | 'other_state'
  | 'file_missing'
  | 'file_size'
  | 'file_damaged'
  | 'row_count'

/** One difference. */
export interface Difference {
  readonly kind: DifferenceKind
  /** The place that is wrong. */
  readonly side: 'source' | 'target'
  /** The object, by its key below the table's root. */
  readonly key?: string
  readonly version?: number
  /** What was found, and what to do: one line. */
  readonly message: string
}

/** Differences as they are found, and facts that are not wrong but worth telling. */
export class Findings {
  readonly #differences: Difference[] = []
  readonly #notes: string[] = []
  #count = 0

  add(difference: Difference): void {
    this.#count++
    if (this.#differences.length < VERIFY_DIFFERENCES_MAX) this.#differences.push(difference)
  }

  note(text: string): void {
    this.#notes.push(text)
  }

  /** All that were found; the list may hold fewer. */
  get count(): number {
    return this.#count
  }

  get differences(): readonly Difference[] {
    return this.#differences
  }

  get notes(): readonly string[] {
    return this.#notes
  }
}

/** What to do about one object of the target that is not as the source has it. */
export const REPLACE_IT = "put the source's object there under the same name, or copy the table to an empty place"

/** What to do when somebody else wrote to the target. */
export const START_ANEW = 'let nobody else write there, and copy the table to an empty place'

/** What to do about an object of the source. */
export const RESTORE_IT = 'restore it from a backup, or from the target if that is whole'
