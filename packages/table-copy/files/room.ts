// Room for work in progress: so many pieces at once, and so many bytes together. Whoever asks first comes in first, so
// a large piece is not passed by small ones for ever.

/** How much fits in. */
export interface RoomSize {
  readonly piecesMax: number
  readonly bytesMax: number
}

/** Lets pieces in while there is room for them. */
export class Room {
  readonly #size: RoomSize
  readonly #waiting: { readonly bytes: number; enter(): void }[] = []
  #pieces = 0
  #bytes = 0

  constructor(size: RoomSize) {
    this.#size = size
  }

  /**
   * Resolves when a piece of so many bytes may begin; a piece larger than the room has it alone. What it resolves to
   * is to be handed back to `leave`.
   */
  async enter(bytes: number): Promise<number> {
    const counted = Math.min(bytes, this.#size.bytesMax)
    if (this.#waiting.length > 0 || !this.#fits(counted)) {
      await new Promise<void>((resolve) => this.#waiting.push({ bytes: counted, enter: resolve }))
    } else this.#take(counted)
    return counted
  }

  /** The piece is done. */
  leave(taken: number): void {
    this.#pieces--
    this.#bytes -= taken
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#take(next.bytes)
      next.enter()
    }
  }

  #fits(bytes: number): boolean {
    const { piecesMax, bytesMax } = this.#size
    return this.#pieces < piecesMax && (this.#bytes + bytes <= bytesMax || this.#pieces === 0)
  }

  #take(bytes: number): void {
    this.#pieces++
    this.#bytes += bytes
  }
}
