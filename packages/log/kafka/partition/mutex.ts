// One thing at a time, in the order of asking. Free means: the work begins at once, within the call.

/** Serialises work. */
export class Mutex {
  #last: Promise<unknown> | null = null

  /** Whether work is running or waiting. */
  get busy(): boolean {
    return this.#last !== null
  }

  /** Runs the work when all before it is done, however that ended. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const own = this.#last === null ? work() : this.#last.then(work, work)
    const settled = own.catch(() => {})
    this.#last = settled
    void settled.then(() => {
      if (this.#last === settled) this.#last = null
    })
    return own
  }

  /** Resolves when nothing runs or waits any more. */
  async idle(): Promise<void> {
    while (this.#last !== null) await this.#last
  }
}
