// The two lists that a state is laid out in, and how they become bytes: numbers as doubles, which hold all of the state
// exactly, and texts. What is read is taken for damaged as soon as it asks for more than there is.

/** Numbers and texts in the order of their reading. */
export interface StateImage {
  readonly numbers: Float64Array<ArrayBuffer>
  readonly texts: readonly string[]
}

/** Numbers that a writer has room for at first; it doubles when that is used up. */
const ROOM_MIN = 4_096

/** Lays a state out. */
export class ImageWriter {
  #numbers = new Float64Array(ROOM_MIN)
  #length = 0
  readonly #texts: string[] = []

  number(value: number): void {
    if (this.#length === this.#numbers.length) this.#grow()
    this.#numbers[this.#length++] = value
  }

  /** A list: its length, then its numbers. */
  numbers(values: readonly number[]): void {
    this.number(values.length)
    for (const value of values) this.number(value)
  }

  text(value: string): void {
    this.#texts.push(value)
  }

  /** Whether there is a value, and the value if there is. */
  optional<T>(value: T | null, write: (to: ImageWriter, value: T) => void): void {
    this.number(value === null ? 0 : 1)
    if (value !== null) write(this, value)
  }

  image(): StateImage {
    return { numbers: this.#numbers.subarray(0, this.#length), texts: this.#texts }
  }

  #grow(): void {
    const larger = new Float64Array(this.#numbers.length * 2)
    larger.set(this.#numbers)
    this.#numbers = larger
  }
}

/** Reads in the order of writing. Every method throws when the image does not hold what is asked for. */
export class ImageReader {
  readonly #image: StateImage
  #number = 0
  #text = 0

  constructor(image: StateImage) {
    this.#image = image
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
