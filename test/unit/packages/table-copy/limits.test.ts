import { expect, test } from 'vitest'
import { COPY_LIMITS_DEFAULT, COPY_PARTS_HELD } from '#table-copy/limits'
import type { CopyOptions } from '#table-copy/pass'

test('several files of ordinary size travel at once, and one large file in memory that is bounded, too', () => {
  const { bytesMax, partBytes } = COPY_LIMITS_DEFAULT
  expect(bytesMax).toBeGreaterThan(5 * 2_500_000)
  expect(COPY_PARTS_HELD * partBytes).toBeLessThan(32 * 1024 * 1024)
})

test('a pass may be given any of its limits alone', () => {
  const limits: CopyOptions['limits'] = { filesMax: 1 }
  expect({ ...COPY_LIMITS_DEFAULT, ...limits }).toEqual({ ...COPY_LIMITS_DEFAULT, filesMax: 1 })
})
