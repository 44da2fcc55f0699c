// Where deletion vectors are, and that a damaged one is said to be, never read as fewer rows.

import { describe, expect, test } from 'vitest'
import { deletedRows, vectorPlace } from '#delta/deletion_vector/deletion_vector'
import { decodeZ85 } from '#delta/deletion_vector/z85'
import type { DeletionVector } from '#delta/log/actions'
import { encodeRows, encodeZ85 } from '#support/delta/roaring_encoder'

const ROOT = '/lake/table'
const corrupt = (message: RegExp) =>
  expect.objectContaining({ code: 'TABLE_CORRUPT', message: expect.stringMatching(message) })

function vectorOf(storageType: 'u' | 'i' | 'p', pathOrInlineDv: string): DeletionVector {
  return { storageType, pathOrInlineDv, offset: 4, sizeInBytes: 40, cardinality: 6 }
}

describe('a vector is found', () => {
  test('by a UUID, with a prefix and without', () => {
    const file = 'deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin'
    const prefixed = vectorPlace(vectorOf('u', 'ab^-aqEH.-t@S}K{vb[*k^'), ROOT)
    expect(prefixed).toEqual({ kind: 'object', key: `ab/${file}` })
    expect(vectorPlace(vectorOf('u', '^-aqEH.-t@S}K{vb[*k^'), ROOT)).toEqual({ kind: 'object', key: file })
  })

  test('by an absolute path below the table, and refused elsewhere', () => {
    expect(vectorPlace(vectorOf('p', 'file:/lake/table/a%20b.bin'), ROOT)).toEqual({ kind: 'object', key: 'a b.bin' })
    const elsewhere = expect.objectContaining({ code: 'TABLE_UNSUPPORTED' })
    expect(() => vectorPlace(vectorOf('p', 's3://other/a.bin'), ROOT)).toThrow(elsewhere)
  })

  test('in the log itself', () => {
    const bytes = encodeRows([5])
    const place = vectorPlace({ ...vectorOf('i', encodeZ85(bytes)), sizeInBytes: bytes.length }, ROOT)
    expect(place).toEqual({ kind: 'inline', bytes: new Uint8Array(bytes) })
  })

  test.each(['..', 'a/../..'])('never outside the folder of the table: prefix %s', (prefix) => {
    const attempt = () => vectorPlace(vectorOf('u', `${prefix}^-aqEH.-t@S}K{vb[*k^`), ROOT)
    expect(attempt).toThrow(corrupt(/outside the table's folder/))
  })

  test.each(['', 'short', '~~~~~~~~~~~~~~~~~~~~', '####################'])('not by the name %j', (name) => {
    expect(() => vectorPlace(vectorOf('u', name), ROOT)).toThrow(corrupt(/no base 85 of a UUID/))
    expect(() => vectorPlace(vectorOf('i', name), ROOT)).toThrow(corrupt(/no base 85 of its size/))
  })
})

test('what deletes more or fewer rows than the log says is damaged', () => {
  const read = (cardinality: number) => [...deletedRows(encodeRows([1, 2, 3]), { cardinality, table: 't', file: 'f' })]
  expect(read(3)).toHaveLength(1)
  expect(() => read(2)).toThrow(corrupt(/deletes more rows, not the 2/))
  expect(() => read(4)).toThrow(corrupt(/deletes 3 rows, not the 4/))
  const junk = () => [...deletedRows(Buffer.from('junk'), { cardinality: 1, table: 't', file: 'f' })]
  expect(junk).toThrow(corrupt(/magic number/))
})

test('base 85 is read as its specification has it', () => {
  expect(decodeZ85('HelloWorld')).toEqual(Uint8Array.of(0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b))
  for (const text of ['Hello1', '#####', 'Hell~', 'Hell\u00e9']) expect(decodeZ85(text)).toBeUndefined()
})
