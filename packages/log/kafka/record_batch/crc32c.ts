// CRC-32C (Castagnoli), as record batches are checked by: native, since JavaScript takes six times as long for the
// batches that carry most of the bytes. A call costs about 0.2 us whatever the length, so a batch of less than 200
// bytes would be quicker in JavaScript, by less than 0.2 us. Where there is no binary for the platform, a table does.
// Source: RFC 3720, appendix B.4.

import { createRequire } from 'node:module'
import { tableCrc32c } from './crc32c_table.ts'

/** How checksums are made. */
export interface Checksum {
  readonly of: (bytes: Uint8Array) => number
  /** Why it is not native; null when it is. */
  readonly missing: unknown
}

/** The native checksum, or the table when loading it throws. */
export function loadChecksum(load: () => { crc32c(bytes: Uint8Array): number }): Checksum {
  try {
    return { of: load().crc32c, missing: null }
  } catch (error) {
    return { of: tableCrc32c, missing: error }
  }
}

const { of: checksumOf, missing } = loadChecksum(() => createRequire(import.meta.url)('@node-rs/crc32'))

/** Why checksums are slower than they could be; null when they are not. */
export const nativeChecksumMissing: unknown = missing

/** The checksum of the bytes from `start` up to `end`, as an unsigned number. Nothing is copied. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  return checksumOf(bytes.subarray(start, end))
}
