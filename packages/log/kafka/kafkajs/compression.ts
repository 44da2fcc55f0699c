// The codecs that foreign producers may use and kafkajs lacks: zstd by node:zlib; snappy and lz4 refused by name.
// Without this kafkajs throws a bare "not implemented". Invariant: a small batch cannot unpack without bound.

import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import kafkajs from 'kafkajs'
import { PlatformError } from '#runtime/errors'
import { UNPACKED_BYTES_MAX } from '../limits.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs

const compressZstd = promisify(zstdCompress)
const decompressZstd = promisify(zstdDecompress)

/** Registers the codecs with kafkajs, for the whole process. */
export function registerCodecs(): void {
  const codecs = CompressionCodecs as Record<number, () => Codec>
  codecs[CompressionTypes.ZSTD] = () => zstd
  codecs[CompressionTypes.Snappy] = () => refused('snappy')
  codecs[CompressionTypes.LZ4] = () => refused('lz4')
}

/** What kafkajs expects of a codec. */
interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
  decompress(buffer: Buffer): Promise<Buffer>
}

const zstd: Codec = {
  compress: (encoder) => compressZstd(encoder.buffer),
  decompress: (buffer) => decompressZstd(buffer, { maxOutputLength: UNPACKED_BYTES_MAX }),
}

function refused(name: string): Codec {
  const refuse = (): never => {
    throw new UnknownCodec(name)
  }
  return { compress: refuse, decompress: refuse }
}

/** A batch is packed with a codec that cannot be read. The run that meets it adds the topics. */
export class UnknownCodec extends PlatformError {
  /** kafkajs retries whatever does not say this. */
  readonly retriable = false
  readonly codec: string

  constructor(codec: string) {
    super('LOG_FAILED', `records are compressed with ${codec}, which cannot be read; use gzip, zstd or none`)
    this.codec = codec
  }
}
