import { zstdDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { zstdFrame } from '#parquet-bytes/values/zstd_frame'

test('frames of pages of every size unpack to the page', async () => {
  for (const size of [0, 1, 254, 255, 256, 257, 5_000, 400_000]) {
    const page = Buffer.from(Array.from({ length: size }, (_, i) => (i * i) % 251))
    expect(zstdDecompressSync(await zstdFrame(page)).equals(page)).toBe(true)
  }
})

test('a page that repeats itself gets smaller', async () => {
  expect((await zstdFrame(new Uint8Array(400_000))).length).toBeLessThan(100)
})
