import { expect, test } from 'vitest'
import { readThriftStruct } from '#parquet-bytes/thrift'

const readerOf = (...bytes: number[]) => ({ view: new DataView(Uint8Array.from(bytes).buffer), offset: 0 })

test('reads numbers, lists and structs by field number', () => {
  const reader = readerOf(0x15, 0x03, 0x16, 0x04, 0x11, 0x19, 0x25, 0x02, 0x04, 0x1c, 0x12, 0x00, 0x00)
  expect(readThriftStruct(reader)).toEqual(
    new Map<number, unknown>([
      [1, -2],
      [2, 2n],
      [3, true],
      [4, [1, 2]],
      [5, new Map([[1, false]])],
    ]),
  )
  expect(reader.offset).toBe(13)
})

test.each([
  ['a struct without its end', [0x15, 0x02]],
  ['an integer without an end', [0x15, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00]],
  ['a long without an end', [0x16, ...Array<number>(12).fill(0xff), 0x00]],
  ['a text longer than the bytes', [0x18, 0x7f, 0x00]],
  ['a list longer than the bytes', [0x19, 0xf5, 0xff, 0xff, 0x03, 0x00]],
  ['a list of minus one', [0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x00]],
  ['an unknown type', [0x1b, 0x00]],
  ['structs without end in one another', Array<number>(100).fill(0x1c)],
])('is refused: %s', (_, bytes) => {
  expect(() => readThriftStruct(readerOf(...bytes))).toThrow()
})
