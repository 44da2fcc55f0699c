// Memory of the pages of one row group, used again for the next: fresh memory for each page would be garbage a moment
// later, and make the collector run for it. Invariant: nothing of a row group is looked at once the arena is cleared.

/** Values begin where a double may stand. */
const ALIGNMENT = 8

/** Kept from file to file; a row group of large values gets more, for itself. */
const BYTES_KEPT = 8 * 1024 * 1024

/** Hands out memory in order. */
export class PageArena {
  #bytes = new Uint8Array(0)
  #used = 0
  #wanted = 0

  /** Memory for a page: `before` bytes, then aligned, `bytes` more. It may hold anything. */
  page(before: number, bytes: number): Uint8Array {
    const start = Math.ceil((this.#used + before) / ALIGNMENT) * ALIGNMENT - before
    const end = start + before + bytes
    this.#wanted += before + bytes + ALIGNMENT
    if (end > this.#bytes.length) return aligned(before, bytes)
    this.#used = end
    return this.#bytes.subarray(start, end)
  }

  /** Takes all memory back, and makes as much ready as was wanted. */
  clear(): void {
    const wanted = Math.min(this.#wanted, BYTES_KEPT)
    if (wanted > this.#bytes.length) this.#bytes = new Uint8Array(wanted)
    this.#used = 0
    this.#wanted = 0
  }
}

function aligned(before: number, bytes: number): Uint8Array {
  const start = Math.ceil(before / ALIGNMENT) * ALIGNMENT - before
  return new Uint8Array(start + before + bytes).subarray(start)
}

const free: PageArena[] = []

/** Lends an arena that nobody else uses meanwhile. */
export async function withPageArena<T>(use: (arena: PageArena) => Promise<T>): Promise<T> {
  const arena = free.pop() ?? new PageArena()
  try {
    return await use(arena)
  } finally {
    arena.clear()
    free.push(arena)
  }
}
