// The slots of a partition's symbols by the numbers that the decoder has given them, so that a symbol is found without
// a look at its text. The decoder never forgets a number, the partition does forget symbols: then the number's slot is
// taken out, and the symbol is looked for by its text once more.

import { NO_SLOT } from '#services/stream/state/symbol_state'

const FIRST_NUMBERS = 256

/** A slot, or NO_SLOT, for each number; a number below 0 never has one. */
export class NumberedSlots {
  #slots = new Int32Array(FIRST_NUMBERS).fill(NO_SLOT)

  slotOf(number: number): number {
    return number >= 0 && number < this.#slots.length ? (this.#slots[number] as number) : NO_SLOT
  }

  set(number: number, slot: number): void {
    if (number < 0) return
    if (number >= this.#slots.length) this.#grow(number + 1)
    this.#slots[number] = slot
  }

  #grow(numbers: number): void {
    const grown = new Int32Array(Math.max(numbers, this.#slots.length * 2)).fill(NO_SLOT)
    grown.set(this.#slots)
    this.#slots = grown
  }
}
