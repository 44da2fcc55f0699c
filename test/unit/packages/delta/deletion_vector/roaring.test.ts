// Bitmaps of deleted rows: what an encoder of every kind of container writes is read back, and bytes that are no bitmap
// are refused without harm.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BitmapError, readRoaringBitmap } from '#delta/deletion_vector/roaring'
import { decodeZ85 } from '#delta/deletion_vector/z85'
import { encodeRows } from '#support/delta/roaring_encoder'

function rowsOf(bytes: Uint8Array): number[] {
  const rows: number[] = []
  for (const { firstRow, bits, count } of readRoaringBitmap(bytes)) {
    const before = rows.length
    for (let i = 0; i < bits.length * 8; i++) if ((bits[i >> 3] ?? 0) & (0x80 >> (i & 7))) rows.push(firstRow + i)
    expect(rows.length - before).toBe(count)
  }
  return rows
}

test('the rows of the example in the protocol', () => {
  const bytes = decodeZ85('^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L')
  expect(rowsOf(bytes ?? new Uint8Array())).toEqual([3, 4, 7, 11, 18, 29])
})

const near = fc.integer({ min: 0, max: 300_000 })
const row = fc.oneof(near, near, fc.integer({ min: 2 ** 32 - 5, max: 2 ** 32 + 5 }), fc.maxSafeNat())
const run = fc.tuple(near, fc.integer({ min: 1, max: 9_000 })).map(([from, size]) => numbers(from, from + size))

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

test('rows in arrays, bitmaps and runs are read as they were written', () => {
  const wanted = fc.tuple(fc.array(row, { maxLength: 50 }), fc.array(run, { maxLength: 4 }), fc.array(fc.boolean()))
  fc.assert(
    fc.property(wanted, ([single, runs, kinds]) => {
      const rows = [...new Set([...single, ...runs.flat()])].sort((a, b) => a - b)
      const bytes = encodeRows(rows, (container) => (kinds[container % 8] ? 'runs' : 'auto'))
      expect(rowsOf(bytes)).toEqual(rows)
    }),
    { numRuns: 60 },
  )
})

test('a whole container as one run, and as a bitmap', () => {
  const rows = numbers(65_536, 131_072)
  for (const kind of ['runs', 'auto'] as const) expect(rowsOf(encodeRows(rows, () => kind))).toEqual(rows)
  expect(rowsOf(encodeRows([]))).toEqual([])
})

describe('bytes that are no bitmap', () => {
  const good = encodeRows([1, 2, 3, 70_000, 70_001, 200_000, 300_000, 400_000], (key) => (key === 1 ? 'runs' : 'auto'))

  test('are refused wherever they are cut', () => {
    for (let length = 0; length < good.length; length++) {
      expect(() => rowsOf(good.subarray(0, length)), `${length} bytes`).toThrow(BitmapError)
    }
    expect(() => rowsOf(Buffer.concat([good, Buffer.of(0)]))).toThrow(/1 bytes follow/)
  })

  test('give rows in order or an error, and nothing else, whatever is changed in them', () => {
    const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = Buffer.from(good)
        for (const [at, value] of changes) bytes[at] = value
        try {
          const rows = rowsOf(bytes)
          expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b))
        } catch (error) {
          expect(error).toBeInstanceOf(BitmapError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('whose runs overlap are refused at once, since each of them could cost a whole container', () => {
    const bytes = encodeRows([1, 2, 3, 6, 7], () => 'runs')
    // The last run begins with its row and the number of rows behind that.
    bytes.writeUInt16LE(2, bytes.length - 4)
    expect(() => rowsOf(bytes)).toThrow(/runs are not in order/)
  })

  test('that promise more than they hold cost nothing', () => {
    const many = Buffer.alloc(16)
    many.writeUInt32LE(1681511377)
    many.writeBigUInt64LE(2n ** 63n, 4)
    expect(() => rowsOf(many)).toThrow(/cut short/)
    const containers = Buffer.concat([many.subarray(0, 4), Buffer.from('0100000000000000', 'hex'), Buffer.alloc(4)])
    const claims = Buffer.concat([containers, Buffer.from('3a300000ffffffff', 'hex')])
    expect(() => rowsOf(claims)).toThrow(/4294967295 containers/)
  })
})
