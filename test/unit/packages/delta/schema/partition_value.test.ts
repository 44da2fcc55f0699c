import { describe, expect, test } from 'vitest'
import { partitionValue } from '#delta/schema/partition_value'
import { rowsFile } from '#support/delta/delta_table'

describe('partition values', () => {
  test('are null when null, empty or absent', () => {
    const file = { ...rowsFile('a', 0, 1), partitionValues: { a: null, b: '', c: 'x' } }
    expect(['a', 'b', 'c', 'd'].map((name) => partitionValue(file, name))).toEqual([null, null, 'x', null])
  })

  test('are texts, also where a log has a number or a flag', () => {
    const partitionValues = { a: 7, b: true } as unknown as Record<string, string>
    const file = { ...rowsFile('a', 0, 1), partitionValues }
    expect(['a', 'b'].map((name) => partitionValue(file, name))).toEqual(['7', 'true'])
  })
})
