import { zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { decompressZstd } from '#services/producer/sources/replay/zstd_frames'

const long = Buffer.from('a quote\n'.repeat(100_000))
const short = Buffer.from('another\n')
/** A frame that decoders must pass over (RFC 8878, 3.1.2); pzstd writes them. */
const skippable = Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]), Buffer.from('abcd')])
const frames = Buffer.concat([
  skippable,
  zstdCompressSync(long),
  zstdCompressSync(short),
  skippable,
  zstdCompressSync(short),
])

async function* cut(bytes: Buffer, size: number) {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

async function decompress(bytes: Buffer, size: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of decompressZstd(cut(bytes, size))) parts.push(part)
  return Buffer.concat(parts)
}

describe('zstd input', () => {
  test.each([1, 2, 7, 12, 13, 64, 1_000_000])(
    'of several frames is read whole, in chunks of %i bytes',
    async (size) => {
      expect((await decompress(frames, size)).equals(Buffer.concat([long, short, short]))).toBe(true)
    },
  )

  test.each([1, 50, 1_000_000])('that ends within a frame fails, in chunks of %i bytes', async (size) => {
    await expect(decompress(frames.subarray(0, -2), size)).rejects.toMatchObject({ code: 'Z_BUF_ERROR' })
  })

  test.each([1, 1_000_000])('with anything else behind a frame fails, in chunks of %i bytes', async (size) => {
    const broken = Buffer.concat([frames, Buffer.from('not a frame')])
    await expect(decompress(broken, size)).rejects.toThrow(/frame/)
  })

  test('an input that fails is that failure', async () => {
    async function* failing() {
      yield zstdCompressSync(long).subarray(0, 20)
      throw new Error('the disk is gone')
    }
    const reading = async () => {
      for await (const _ of decompressZstd(failing()));
    }
    await expect(reading()).rejects.toThrow('the disk is gone')
  })
})
