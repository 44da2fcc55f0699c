import { describe, expect, test } from 'vitest'
import { newDataFilePath } from '#delta/data_file/new_path'
import { objectKeyOf } from '#delta/data_file/path'

describe('data file paths', () => {
  const name = { partitionColumns: ['date'], partitionValues: { date: '2026-11-21' }, id: 'f00d' }

  test('name the partition, the part and the id', () => {
    expect(newDataFilePath(name)).toBe('date=2026-11-21/part-00000-f00d.c000.zstd.parquet')
    expect(newDataFilePath({ ...name, partitionColumns: [], part: 12 })).toBe('part-00012-f00d.c000.zstd.parquet')
  })

  test('need no escaping, whatever the values are', () => {
    const path = newDataFilePath({ ...name, partitionColumns: ['s', 'n'], partitionValues: { s: '../ä %+b', n: null } })
    expect(path).toMatch(/^[A-Za-z0-9._=/-]+$/)
    expect(path).toContain('/n=__HIVE_DEFAULT_PARTITION__/')
    expect(objectKeyOf(path, '/table')).toBe(path)
  })
})
