// The pages of a row group lie in memory that serves the next one, so packing must have let go of all of them.

import { expect, test } from 'vitest'
import type { EncodedColumn } from '#parquet-bytes/values/encode_column'
import { packColumns } from '#parquet-bytes/values/row_group'

test('a failure is told when no page is read any more', async () => {
  const whole: EncodedColumn = { dictionary: null, page: new Uint8Array(1_000), nullCount: 0, range: null }
  let isRead = false
  const slow: EncodedColumn = {
    ...whole,
    dictionary: { count: 1, page: new Uint8Array(8 * 1024 * 1024) },
    get page() {
      isRead = true
      return new Uint8Array(1_000)
    },
  }
  const broken = { ...whole, page: { length: 1_000 } as Uint8Array }
  await expect(packColumns([slow, broken, whole])).rejects.toThrow()
  expect(isRead).toBe(true)
})
