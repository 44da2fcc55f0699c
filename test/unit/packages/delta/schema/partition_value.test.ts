import { describe, expect, test } from 'vitest'
import { encodePartitionValue, partitionValue } from '#delta/schema/partition_value'
import { rowsFile } from '#support/delta/delta_table'

describe('partition values', () => {
  test('are written as the log wants them', () => {
    expect(encodePartitionValue('date', '2026-11-21')).toBe('2026-11-21')
    expect(encodePartitionValue('long', 2n ** 60n)).toBe('1152921504606846976')
    expect(encodePartitionValue('boolean', false)).toBe('false')
    expect(encodePartitionValue('timestamp', -1n)).toBe('1969-12-31T23:59:59.999999Z')
    expect(encodePartitionValue('string', '')).toBeNull()
    expect(() => encodePartitionValue('date', '21.11.2026')).toThrow('not a date')
  })

  test('are null when null, empty or absent', () => {
    const file = { ...rowsFile('a', 0, 1), partitionValues: { a: null, b: '', c: 'x' } }
    expect(['a', 'b', 'c', 'd'].map((name) => partitionValue(file, name))).toEqual([null, null, 'x', null])
  })
})
