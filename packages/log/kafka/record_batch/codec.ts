// Unpacks the records of a batch. Invariant: no batch unpacks without bound. Sources: Kafka packs with gzip and zstd as
// they are, with LZ4 in frames, and with Snappy raw or in the chunks of the xerial Java library.

import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { unpackLz4Frame } from '#compression/lz4'
import { snappyLength, unpackSnappy } from '#compression/snappy'
import { messageOf } from '#runtime/errors'
import { type Codec, DamagedBatch } from './batch_header.ts'

type Unpack = (packed: Uint8Array, bytesMax: number) => Uint8Array

const UNPACK: Readonly<Record<Exclude<Codec, 'none'>, Unpack>> = {
  gzip: (packed, bytesMax) => gunzipSync(packed, { maxOutputLength: bytesMax }),
  zstd: (packed, bytesMax) => zstdDecompressSync(packed, { maxOutputLength: bytesMax }),
  lz4: unpackLz4Frame,
  snappy: (packed, bytesMax) => (isXerial(packed) ? unpackXerial(packed, bytesMax) : unpackRaw(packed, bytesMax)),
}

/** The unpacked bytes. Throws DamagedBatch, also when they are more than `bytesMax`. */
export function unpack(codec: Exclude<Codec, 'none'>, packed: Uint8Array, bytesMax: number): Uint8Array {
  try {
    return UNPACK[codec](packed, bytesMax)
  } catch (error) {
    throw new DamagedBatch(`its ${codec} bytes cannot be unpacked into ${bytesMax} at most: ${messageOf(error)}`)
  }
}

const XERIAL_MAGIC = Buffer.from('\x82SNAPPY\0', 'latin1')
/** The magic, and two version numbers. */
const XERIAL_HEADER_BYTES = 16

function isXerial(packed: Uint8Array): boolean {
  return XERIAL_MAGIC.equals(packed.subarray(0, XERIAL_MAGIC.length))
}

function unpackXerial(packed: Uint8Array, bytesMax: number): Uint8Array {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length)
  const chunks: Uint8Array[] = []
  let left = bytesMax
  for (let at = XERIAL_HEADER_BYTES; at < packed.length; ) {
    if (at + 4 > packed.length) throw new Error('a chunk without a length')
    const length = view.getInt32(at)
    if (length <= 0 || at + 4 + length > packed.length) throw new Error('a chunk beyond its end')
    const chunk = unpackRaw(packed.subarray(at + 4, at + 4 + length), left)
    chunks.push(chunk)
    left -= chunk.length
    at += 4 + length
  }
  return Buffer.concat(chunks)
}

function unpackRaw(packed: Uint8Array, bytesMax: number): Uint8Array {
  const length = snappyLength(packed)
  if (length > bytesMax) throw new Error(`it announces ${length} bytes`)
  return unpackSnappy(packed, length)
}
