// A set of offsets of one partition: a bit each, in blocks that are made when they are needed. 100 million offsets in a
// row take 12.5 MB, and offsets may begin anywhere.

const BLOCK_BITS = 65_536

/** A set of offsets. */
export class OffsetSet {
  readonly #blocks = new Map<number, Uint8Array>()

  add(offset: number): void {
    const block = this.#blockOf(offset)
    const bit = offset % BLOCK_BITS
    block[bit >> 3] = (block[bit >> 3] as number) | (1 << (bit & 7))
  }

  /** Adds [first, last], both included. */
  addRange(first: number, last: number): void {
    for (let at = first; at <= last; ) {
      const bit = at % BLOCK_BITS
      // Whole bytes at once, as far as the block goes.
      const bytes = bit % 8 === 0 ? Math.floor(Math.min(last - at + 1, BLOCK_BITS - bit) / 8) : 0
      if (bytes > 0) {
        this.#blockOf(at).fill(0xff, bit >> 3, (bit >> 3) + bytes)
        at += bytes * 8
      } else this.add(at++)
    }
  }

  has(offset: number): boolean {
    const block = this.#blocks.get(Math.floor(offset / BLOCK_BITS))
    const bit = offset % BLOCK_BITS
    return block !== undefined && ((block[bit >> 3] as number) & (1 << (bit & 7))) !== 0
  }

  /** The offsets in [from, to), ascending. */
  *within(from: number, to: number): Generator<number, undefined> {
    for (const index of [...this.#blocks.keys()].sort((a, b) => a - b)) {
      const first = Math.max(from, index * BLOCK_BITS)
      const end = Math.min(to, (index + 1) * BLOCK_BITS)
      for (let at = first; at < end; at++) if (this.has(at)) yield at
    }
  }

  /** The offsets in [from, to) that are in this set and not in the other, ascending. */
  *without(other: OffsetSet, { from, to }: { readonly from: number; readonly to: number }): Generator<number> {
    for (const at of this.within(from, to)) if (!other.has(at)) yield at
  }

  #blockOf(offset: number): Uint8Array {
    const index = Math.floor(offset / BLOCK_BITS)
    let block = this.#blocks.get(index)
    if (block === undefined) {
      block = new Uint8Array(BLOCK_BITS / 8)
      this.#blocks.set(index, block)
    }
    return block
  }
}

/** Offsets by partition. */
export class PartitionOffsets {
  readonly #sets = new Map<number, OffsetSet>()

  of(partition: number): OffsetSet {
    let set = this.#sets.get(partition)
    if (set === undefined) {
      set = new OffsetSet()
      this.#sets.set(partition, set)
    }
    return set
  }
}
