// The answer to a fetch, read without kafkajs's decoder, which makes seven objects and six strings of each record. Here
// the records of a partition stay the bytes that came, inside one message that takes their way through kafkajs. Source:
// kafka.apache.org/protocol, Fetch, versions 4 to 11.

import type { AbortedTransaction } from '../record_batch/decode_fetched.ts'

/** The records of one partition, as a message among kafkajs's. */
export interface FetchedRecordSet {
  /** Beyond all offsets, since kafkajs drops messages from before what it asked for. */
  readonly offset: string
  readonly bytes: Uint8Array
  readonly aborted: readonly AbortedTransaction[]
}

/** A fetched partition as kafkajs takes it. */
export interface FetchedPartition {
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: string
  readonly lastStableOffset: string
  readonly lastStartOffset?: string
  /** Empty: kafkajs has nothing to filter, FetchedRecordSet says what was aborted. */
  readonly abortedTransactions: readonly never[]
  readonly preferredReadReplica?: number
  readonly messages: readonly FetchedRecordSet[]
}

/** A decoded answer. */
export interface FetchResponse {
  readonly throttleTime: number
  readonly clientSideThrottleTime: number
  readonly errorCode: number
  readonly sessionId: number
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[]
}

const OFFSET_MAX = String(2n ** 63n - 1n)

/** Brokers from this version on leave the waiting of a throttled client to the client. */
const CLIENT_THROTTLES_SINCE = 8

/** Reads an answer of the version. Throws a RangeError when it ends early. */
export function decodeFetchResponse(bytes: Buffer, version: number): FetchResponse {
  const from = new ResponseReader(bytes)
  const clientSideThrottleTime = from.int32()
  return {
    throttleTime: version >= CLIENT_THROTTLES_SINCE ? 0 : clientSideThrottleTime,
    clientSideThrottleTime,
    errorCode: version >= 7 ? from.int16() : 0,
    sessionId: version >= 7 ? from.int32() : 0,
    responses: from.list(() => ({
      topicName: from.text(),
      partitions: from.list(() => partitionOf(from, version)),
    })),
  }
}

function partitionOf(from: ResponseReader, version: number): FetchedPartition {
  const [partition, errorCode] = [from.int32(), from.int16()]
  const [highWatermark, lastStableOffset] = [String(from.int64()), String(from.int64())]
  const lastStartOffset = version >= 5 ? { lastStartOffset: String(from.int64()) } : {}
  const aborted = from.list(() => ({ producerId: from.int64(), firstOffset: Number(from.int64()) }))
  const preferredReadReplica = version >= 11 ? { preferredReadReplica: from.int32() } : {}
  const bytes = from.sized()
  const messages = bytes.length === 0 ? [] : [{ offset: OFFSET_MAX, bytes, aborted }]
  const rest = { ...lastStartOffset, ...preferredReadReplica, abortedTransactions: [], messages }
  return { partition, errorCode, highWatermark, lastStableOffset, ...rest }
}

/** Reads Kafka's primitive types one after another. */
class ResponseReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int16(): number {
    this.#at += 2
    return this.#bytes.readInt16BE(this.#at - 2)
  }

  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }

  int64(): bigint {
    this.#at += 8
    return this.#bytes.readBigInt64BE(this.#at - 8)
  }

  /** A STRING, never null where this is used. No length leads backwards, so that reading comes to an end. */
  text(): string {
    const length = Math.max(0, this.int16())
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  /** RECORDS; nothing where they are null. */
  sized(): Uint8Array {
    const length = Math.max(0, this.int32())
    if (this.#at + length > this.#bytes.length) throw new RangeError('a fetched partition is longer than its answer')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /** An ARRAY; empty where it is null. Each element takes bytes, so that no count goes on without end. */
  list<T>(read: () => T): T[] {
    const elements: T[] = []
    for (let left = this.int32(); left > 0; left--) elements.push(read())
    return elements
  }
}
