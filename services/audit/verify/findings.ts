// What a verification found wrong, and what it could not look at. The list is bounded, the count is not.

/** Findings that are listed for a table; beyond, they are counted. */
export const FINDINGS_LISTED_MAX = 20

/** Findings and notes of one table. */
export class Findings {
  readonly #listed: string[] = []
  readonly #notes: string[] = []
  #count = 0

  /** Notes something that must not be. */
  add(finding: string): void {
    this.#count++
    if (this.#listed.length < FINDINGS_LISTED_MAX) this.#listed.push(finding)
  }

  /** Notes what the proof leaves open; no reason to fail. */
  note(text: string): void {
    this.#notes.push(text)
  }

  get listed(): readonly string[] {
    return this.#listed
  }

  get notes(): readonly string[] {
    return this.#notes
  }

  get count(): number {
    return this.#count
  }
}
