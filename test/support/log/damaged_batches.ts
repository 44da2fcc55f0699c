// What a fetch may bring from a broker that is broken or hostile: sound batches with something wrong in them, from a
// seed. Checksums are made right again, or the checksum would see it all, but for a few.

import { gzipSync, zstdCompressSync } from 'node:zlib'
import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import type { Random } from '#support/simulation/world/random'
import { type GivenRecord, markerBytes, recordBatchBytes, recordsBytes, sealed, varint } from './record_batches.ts'

/** The bytes of a fetch. */
export function damagedFetch(random: Random): Buffer {
  const batches = random.chance(0.7) ? [damagedBatch(random, 0)] : severalBatches(random)
  const bytes = Buffer.concat(batches)
  return random.chance(0.1) ? bytes.subarray(0, random.whole(0, bytes.length)) : bytes
}

/** Some of them sound, in and out of transactions, with markers between. */
function severalBatches(random: Random): Buffer[] {
  let offset = 0
  return Array.from({ length: random.whole(2, 4) }, () => {
    const baseOffset = offset
    offset += 3
    if (random.chance(0.2)) return markerBytes({ offset: baseOffset, producerId: 1n, kind: 'abort' })
    if (random.chance(0.5)) return damagedBatch(random, baseOffset)
    return recordBatchBytes({ baseOffset, records: RECORDS, producerId: 1n, isTransactional: random.chance(0.5) })
  })
}

function damagedBatch(random: Random, baseOffset: number): Buffer {
  const codec = random.pick(CODECS)
  const packed = random.chance(0.5) ? PACK[codec](damaged(PLAIN, random)) : SOUND[codec]
  const body = random.chance(codec === 0 ? 0.5 : 0.3) ? damaged(packed, random) : packed
  const batch = { baseOffset, baseTimestamp: 1_700_000_000_000, records: RECORDS, packed: { codec, bytes: body } }
  const bytes = recordBatchBytes(batch)
  if (random.chance(0.4)) damageHeader(bytes, random)
  return random.chance(0.02) ? bytes : sealed(bytes)
}

const RECORDS: readonly GivenRecord[] = [
  { offsetDelta: 0, key: 'AAPL', value: '{"symbol":"AAPL"}', headers: [['a', 'b']] },
  { offsetDelta: 1, timestampDelta: 70_000, key: null, value: 'x'.repeat(200) },
  { offsetDelta: 2, key: '', value: null, headers: [['', null]] },
]
const PLAIN = recordsBytes(RECORDS)

/** By Kafka's numbers: as they are, gzip, Snappy, zstd. LZ4's frames are damaged in a test of their own. */
const CODECS = [0, 0, 0, 1, 2, 4] as const
const PACK = {
  0: (bytes: Uint8Array) => Buffer.from(bytes),
  1: (bytes: Uint8Array) => gzipSync(bytes, { level: 1 }),
  2: (bytes: Uint8Array) => Buffer.from(snappyCompress(bytes)),
  4: (bytes: Uint8Array) => zstdCompressSync(bytes),
}

/** Packed once. */
const SOUND = { 0: PLAIN, 1: PACK[1](PLAIN), 2: PACK[2](PLAIN), 4: PACK[4](PLAIN) }

/** Bytes overwritten, lost, doubled or put in, numbers of records among them. */
function damaged(bytes: Buffer, { chance, pick, whole }: Random): Buffer {
  let result = Buffer.from(bytes)
  do {
    const at = whole(0, result.length)
    const [before, rest] = [result.subarray(0, at), result.subarray(at + 1)]
    result = pick([
      () => Buffer.concat([before, Buffer.of(whole(0, 255)), rest]),
      () => Buffer.concat([before, varint(pick(NUMBERS)), rest]),
      () => Buffer.concat([before, Buffer.alloc(whole(1, 12), 0xff), rest]),
      () => Buffer.concat([before, rest]),
      () => Buffer.concat([before, result.subarray(whole(0, at))]),
      () => before,
    ])()
  } while (chance(0.4))
  return result
}

const NUMBERS = [-1, 0, 1, 2, 3, 63, 64, 127, 128, 255, 1e4, 2 ** 20, 2 ** 28, 2 ** 31 - 1, -(2 ** 31), 2 ** 53 - 1]

/** Where the header has numbers, and of how many bytes. */
const HEADER_NUMBERS = [
  ['base offset', 0, 8],
  ['length', 8, 4],
  ['format', 16, 1],
  ['attributes', 21, 2],
  ['last offset', 23, 4],
  ['base timestamp', 27, 8],
  ['maximum timestamp', 35, 8],
  ['producer', 43, 8],
  ['count', 57, 4],
] as const

function damageHeader(bytes: Buffer, { pick }: Random): void {
  const [, at, size] = pick(HEADER_NUMBERS)
  const number = BigInt(pick(NUMBERS)) * pick([1n, 1n, 2n ** 32n])
  for (let i = 0; i < size; i++) bytes[at + i] = Number((number >> BigInt(8 * (size - 1 - i))) & 0xffn)
}
