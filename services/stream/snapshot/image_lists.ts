// The two lists that a state is laid out in, and how they become bytes: numbers as doubles, which hold all of the state
// exactly, and texts. What is read is taken for damaged as soon as it asks for more than there is.

import type { IdPlace } from '#services/stream/windows/id_text'

/** Numbers and texts in the order of their reading. */
export interface StateImage {
  readonly numbers: Float64Array<ArrayBuffer>
  readonly texts: readonly string[]
}

/** Places in one of the lists, in the order of writing: from `from`, up to but not including `to`. */
export interface ImageRange {
  readonly from: number
  readonly to: number
}

/** Of a number as bytes. */
export const NUMBER_BYTES = Float64Array.BYTES_PER_ELEMENT

/** In front of bytes. */
const LENGTH_BYTES = 2

/** Numbers of one piece of a writer's memory. It gets piece after piece, so that nothing is ever moved. */
const PIECE_NUMBERS = 8_192

/** Lays a state out. */
export class ImageWriter {
  #piece = new Float64Array(PIECE_NUMBERS)
  /** The same memory. */
  #pieceBytes = new Uint8Array(this.#piece.buffer)
  readonly #pieces = [this.#piece]
  /** Numbers in the last piece. */
  #used = 0
  readonly #texts: string[] = []

  get numberCount(): number {
    return (this.#pieces.length - 1) * PIECE_NUMBERS + this.#used
  }

  get textCount(): number {
    return this.#texts.length
  }

  number(value: number): void {
    if (this.#used === PIECE_NUMBERS) this.#addPiece()
    this.#piece[this.#used++] = value
  }

  /** A list: its length, then its numbers. */
  numbers(values: readonly number[]): void {
    this.number(values.length)
    for (const value of values) this.number(value)
  }

  text(value: string): void {
    this.#texts.push(value)
  }

  /** The bytes of `source` in [start, stop), in the places of numbers: their length in two bytes, then they. */
  bytes(source: Uint8Array, start: number, stop: number): void {
    const length = stop - start
    let to = this.#take()
    this.#pieceBytes[to++] = length
    this.#pieceBytes[to++] = length >>> 8
    for (let at = start; at < stop; at++) {
      if (to % NUMBER_BYTES === 0) to = this.#take()
      this.#pieceBytes[to++] = source[at] as number
    }
  }

  /** Whether there is a value, and the value if there is. */
  optional<T>(value: T | null, write: (to: ImageWriter, value: T) => void): void {
    this.number(value === null ? 0 : 1)
    if (value !== null) write(this, value)
  }

  image(): StateImage {
    const numbers = new Float64Array(this.numberCount)
    this.copyNumbers({ from: 0, to: numbers.length }, new Uint8Array(numbers.buffer), 0)
    return { numbers, texts: this.#texts }
  }

  textAt(index: number): string {
    return this.#texts[index] as string
  }

  /** Puts the bytes of some of the numbers at a position of `target`. */
  copyNumbers({ from, to }: ImageRange, target: Uint8Array, position: number): void {
    for (let number = from; number < to; ) {
      const piece = this.#pieces[Math.floor(number / PIECE_NUMBERS)] as Float64Array
      const start = number % PIECE_NUMBERS
      const count = Math.min(to - number, PIECE_NUMBERS - start)
      const bytes = new Uint8Array(piece.buffer, start * NUMBER_BYTES, count * NUMBER_BYTES)
      target.set(bytes, position + (number - from) * NUMBER_BYTES)
      number += count
    }
  }

  /** Takes the place of the next number, and returns where its bytes begin in the piece. */
  #take(): number {
    if (this.#used === PIECE_NUMBERS) this.#addPiece()
    return this.#used++ * NUMBER_BYTES
  }

  #addPiece(): void {
    this.#piece = new Float64Array(PIECE_NUMBERS)
    this.#pieceBytes = new Uint8Array(this.#piece.buffer)
    this.#pieces.push(this.#piece)
    this.#used = 0
  }
}

/** Reads in the order of writing. Every method throws when the image does not hold what is asked for. */
export class ImageReader {
  readonly #image: StateImage
  readonly #bytes: Uint8Array
  #number = 0
  #text = 0

  constructor(image: StateImage) {
    this.#image = image
    this.#bytes = new Uint8Array(image.numbers.buffer, image.numbers.byteOffset, image.numbers.byteLength)
  }

  number(): number {
    const value = this.#image.numbers[this.#number++]
    if (value === undefined) throw new Error('it ends early')
    return value
  }

  /** How many of something follow; no more than what is left can hold. */
  count(): number {
    const value = this.number()
    const { numbers, texts } = this.#image
    const left = numbers.length - this.#number + texts.length - this.#text
    if (!Number.isInteger(value) || value < 0 || value > left) throw new Error(`it counts ${value} of what has ${left}`)
    return value
  }

  numbers(): number[] {
    return Array.from({ length: this.count() }, () => this.number())
  }

  text(): string {
    const value = this.#image.texts[this.#text++]
    if (value === undefined) throw new Error('it ends early')
    return value
  }

  /** Where bytes lie; they are not copied. */
  bytes(): IdPlace {
    const { numbers } = this.#image
    const idBytes = this.#bytes
    const at = this.#number * NUMBER_BYTES
    const length = (idBytes[at] ?? 0) | ((idBytes[at + 1] ?? 0) << 8)
    const idStart = at + LENGTH_BYTES
    this.#number += Math.ceil((LENGTH_BYTES + length) / NUMBER_BYTES)
    if (this.#number > numbers.length) throw new Error('it ends early')
    return { idBytes, idStart, idStop: idStart + length }
  }

  optional<T>(read: (from: ImageReader) => T): T | null {
    return this.number() === 0 ? null : read(this)
  }

  /** Refuses what is left over. */
  end(): void {
    const { numbers, texts } = this.#image
    if (this.#number !== numbers.length || this.#text !== texts.length)
      throw new Error('it does not end where it should')
  }
}
