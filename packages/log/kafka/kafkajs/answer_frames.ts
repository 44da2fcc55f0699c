// The answers of a broker out of the bytes of a connection: each begins with its length. Large ones, which fetches
// bring, are read straight into a buffer of their size; kafkajs would have Node make a buffer of each 64 KiB that
// arrive, and join them. Invariant: what is allocated is bounded, whatever length is announced. Source:
// kafka.apache.org/protocol, "Network".

/** Bytes in front of an answer that hold its length. */
const LENGTH_BYTES = 4

/** Longer than any answer that we ask for. What is no broker says so here: "HTTP" reads as 1.2 GB. */
export const ANSWER_BYTES_MAX = 256 * 1024 * 1024

/** Read at once while no answer has begun: most answers are shorter, and a large one is copied up to here only. */
const HEAD_BYTES = 16 * 1024

/** Cuts what is read into answers, each with its length in front, as kafkajs takes them. */
export class AnswerFrames {
  readonly #take: (answer: Buffer) => void
  readonly #head = Buffer.allocUnsafeSlow(HEAD_BYTES)
  #headFilled = 0
  /** The answer that has begun and does not end within the head. */
  #answer: Buffer | null = null
  #answerFilled = 0

  /** `take` gets each answer, in a buffer that is its own. */
  constructor(take: (answer: Buffer) => void) {
    this.#take = take
  }

  /** Where the next bytes are to be read into; never empty. */
  room(): Buffer {
    return this.#answer?.subarray(this.#answerFilled) ?? this.#head.subarray(this.#headFilled)
  }

  /** That many bytes were read into the room. Throws when they cannot be a broker's. */
  read(count: number): void {
    if (this.#answer === null) this.#readHead(this.#headFilled + count)
    else this.#readOn(this.#answer, this.#answerFilled + count)
  }

  #readHead(filled: number): void {
    const head = this.#head
    let at = 0
    while (this.#answer === null && filled - at >= LENGTH_BYTES) {
      const end = at + LENGTH_BYTES + lengthOf(head.readInt32BE(at))
      if (end > filled) this.#begin(end - at, head.subarray(at, filled))
      else this.#take(Buffer.from(head.subarray(at, end)))
      at = Math.min(end, filled)
    }
    head.copyWithin(0, at, filled)
    this.#headFilled = filled - at
  }

  #readOn(answer: Buffer, filled: number): void {
    this.#answerFilled = filled
    if (filled < answer.length) return
    this.#answer = null
    this.#take(answer)
  }

  #begin(bytes: number, begun: Uint8Array): void {
    this.#answer = Buffer.allocUnsafeSlow(bytes)
    this.#answer.set(begun)
    this.#answerFilled = begun.length
  }
}

/** Brokers before Kafka 1.0 answer a login by SASL with bare bytes, which may be none at all. */
function lengthOf(announced: number): number {
  if (announced >= 0 && announced <= ANSWER_BYTES_MAX) return announced
  throw new Error(`an answer of ${announced} bytes is announced, which no Kafka broker does`)
}
