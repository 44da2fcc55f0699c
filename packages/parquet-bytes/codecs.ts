// The compressions of Parquet pages, by Node's own zlib; Snappy, which it lacks, by ours. Computation only, no I/O.
// Invariant: a page never unpacks to more than its header says, so that a damaged file cannot fill the memory.

import { brotliDecompressSync, constants, gunzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Compressors } from 'hyparquet'
import { unpackSnappy } from '#compression/snappy'

type Unpack = (input: Uint8Array, limits: { maxOutputLength: number }) => Uint8Array

/** Unpacks the codecs that writers of Delta checkpoints use. */
export const DECOMPRESSORS: Compressors = {
  GZIP: unpackWith(gunzipSync),
  ZSTD: unpackWith(zstdDecompressSync),
  BROTLI: unpackWith(brotliDecompressSync),
  // hyparquet has one, too, which damaged bytes can send back to where it was, for ever.
  SNAPPY: unpackSnappy,
}

/** Zstandard's own checksum, which every reader tests: Parquet has none for what we write. */
const ZSTD_OPTIONS = { params: { [constants.ZSTD_c_checksumFlag]: 1 } }

/** Packs the codec that we write. */
export const COMPRESSORS = { ZSTD: (input: Uint8Array): Uint8Array => zstdCompressSync(input, ZSTD_OPTIONS) }

function unpackWith(unpack: Unpack) {
  return (input: Uint8Array, outputLength: number): Uint8Array =>
    outputLength === 0 ? new Uint8Array() : unpack(input, { maxOutputLength: outputLength })
}
