// Errors as users hear them.

import { expect, test } from 'vitest'
import { failureOf } from '#lake-sql/child/duckdb_error'
import { PlatformError } from '#runtime/errors'

test("DuckDB's picture of the line is dropped, its hint is kept", () => {
  const text =
    'Catalog Error: Table with name stokcs does not exist!\nDid you mean "stocks"?\n\n' +
    'LINE 2: from stokcs\n        ^'
  expect(failureOf(new Error(text))).toEqual({
    code: 'SQL_FAILED',
    message: 'Catalog Error: Table with name stokcs does not exist! Did you mean "stocks"? (line 2)',
  })
})

test('running out of memory is a limit', () => {
  const text =
    'Out of Memory Error: failed to allocate data of size 1.0 GiB (1 MiB/512 MiB used)\n\nPossible solutions:\n* x'
  const { code, message } = failureOf(new Error(text))
  expect(code).toBe('SQL_LIMIT')
  expect(message).toMatch(/^the query ran into its memory limit: failed .*; .*SQL_MEMORY_MB$/)
})

test('a failure that has a code keeps it', () => {
  expect(failureOf(new PlatformError('SQL_LIMIT', 'too much'))).toEqual({ code: 'SQL_LIMIT', message: 'too much' })
})
