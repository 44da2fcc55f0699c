// Requests and answers in the flexible format of the Kafka protocol, which kafkajs does not speak: compact strings and
// arrays, and tagged fields, of which there are none that we would write or read. Source: the Kafka protocol guide,
// "Protocol Primitive Types"; KIP-482.

import type { RawBroker } from './raw_cluster.ts'

/** An api of the protocol, in a version whose messages are flexible. */
export interface FlexibleApi {
  readonly apiKey: number
  readonly apiVersion: number
  readonly apiName: string
}

/** The body of a request, and what reads the body of its answer. */
export interface FlexibleExchange<T> {
  readonly request: Buffer
  readonly read: (reader: FlexibleReader) => T
}

/** No tagged fields. */
export const NO_TAGS: Buffer = Buffer.from([0])

/** Sends a request. The headers end with tagged fields, which kafkajs neither writes nor reads. */
export function sendFlexible<T>(
  broker: RawBroker,
  api: FlexibleApi,
  { request, read }: FlexibleExchange<T>,
): Promise<T> {
  return broker.connectionPool.send({
    request: {
      ...api,
      encode: async () => {
        const buffer = Buffer.concat([NO_TAGS, request])
        return { buf: buffer, buffer }
      },
    },
    response: {
      decode: async (payload) => {
        const reader = new FlexibleReader(payload)
        reader.tags()
        return read(reader)
      },
      parse: async (found) => found,
    },
  })
}

/** A text with its length plus one in front. */
export function compactString(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([unsignedVarint(bytes.length + 1), bytes])
}

/** Items with their count plus one in front. */
export function compactArray<T>(items: readonly T[], partsOf: (item: T) => readonly Buffer[]): Buffer {
  return Buffer.concat([unsignedVarint(items.length + 1), ...items.flatMap(partsOf)])
}

/** Four bytes. */
export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function unsignedVarint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}

/** Reads the compact types of flexible Kafka messages. */
export class FlexibleReader {
  readonly #buffer: Buffer
  #at = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }

  int16(): number {
    return this.#take(2).readInt16BE()
  }

  int32(): number {
    return this.#take(4).readInt32BE()
  }

  /** Exact up to 2 ** 53, which no offset reaches. */
  int64(): number {
    return Number(this.#take(8).readBigInt64BE())
  }

  bytes(length: number): Buffer {
    return this.#take(length)
  }

  /** A compact string: its length plus one comes first, 0 for null. */
  string(): string | null {
    const length = this.#varint() - 1
    return length < 0 ? null : this.#take(length).toString('utf8')
  }

  array<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.#varint() - 1) }, read)
  }

  tags(): void {
    for (let left = this.#varint(); left > 0; left--) {
      this.#varint()
      this.#take(this.#varint())
    }
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#take(1).readUInt8()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#buffer.length) throw new Error('the answer is cut short')
    const taken = this.#buffer.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
