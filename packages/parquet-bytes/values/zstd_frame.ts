// Pages as Zstandard frames, compressed on other threads. A page that is too small to gain by it is stored as it is, in
// a frame of one raw block: a compressor would cost more memory and time than the page. Source: RFC 8878, 3.1.1.

import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'

const compress = promisify(zstdCompress)

/** Pages up to this size are stored. */
const STORED_BYTES_MAX = 255

/** What a compressor hands out at a time: most pages get smaller than that. */
const CHUNK_BYTES = 64 * 1024

/** The frame of a page. */
export async function zstdFrame(page: Uint8Array): Promise<Uint8Array> {
  if (page.length <= STORED_BYTES_MAX) return storedFrame(page)
  return await compress(page, {
    // Then it takes no more memory than the page needs.
    pledgedSrcSize: page.length,
    chunkSize: Math.min(CHUNK_BYTES, page.length),
    params: { [constants.ZSTD_c_checksumFlag]: 1 },
  })
}

/** Magic number, header (single segment: the size, in one byte, and no window), and one block that is the last. */
function storedFrame(page: Uint8Array): Uint8Array {
  const block = (page.length << 3) | 1
  return Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, page.length, block, block >> 8, block >> 16, ...page)
}
