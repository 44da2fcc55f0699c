// A request's bytes with room in front of them, so that kafkajs can put its header and the length there. Its own way is
// to copy the whole request behind each of the two. Source: kafkajs/src/protocol/request.js, version 2.2.4.

/** Room for the length, the header and our client id. */
export const ROOM_BYTES = 512

/** Bytes that can be put behind others without a copy. */
export class FramedRequest {
  readonly #bytes: Buffer
  readonly #start: number

  /** The request is what stands in `bytes` from `start` on. */
  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes
    this.#start = start
  }

  /** The bytes, by the name that kafkajs asks for. */
  get buffer(): Buffer {
    return this.#bytes.subarray(this.#start)
  }

  size(): number {
    return this.#bytes.length - this.#start
  }

  /** The request with bytes before it. To be asked for once: it writes them into the room. */
  behind(before: Buffer): FramedRequest {
    const start = this.#start - before.length
    if (start < 0) return new FramedRequest(Buffer.concat([before, this.buffer]), 0)
    before.copy(this.#bytes, start)
    return new FramedRequest(this.#bytes, start)
  }
}
