// What happened in a run, in words: printed with the plan when a seed fails, and compared when a seed is run twice.

import type { VirtualTime } from './virtual_time.ts'

/** The lines of a run. */
export class History {
  readonly lines: string[] = []
  readonly #time: VirtualTime

  constructor(time: VirtualTime) {
    this.#time = time
  }

  add(line: string): void {
    this.lines.push(`${String(this.#time.elapsedMs).padStart(6)} ms  ${line}`)
  }
}
