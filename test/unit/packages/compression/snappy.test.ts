import fc from 'fast-check'
import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import { expect, test } from 'vitest'
import { unpackSnappy } from '#compression/snappy'

test('what was packed is unpacked', () => {
  const runs = fc.array(fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.integer({ min: 1, max: 200 })), { maxLength: 20 })
  fc.assert(
    fc.property(runs, (parts) => {
      const bytes = new Uint8Array(
        parts.flatMap(([part, times]) => Array.from({ length: times }, () => [...part]).flat()),
      )
      expect(unpackSnappy(snappyCompress(bytes), bytes.length)).toEqual(bytes)
    }),
  )
})

test('long literals and far copies are followed', () => {
  const long = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 7919) >> 3)
  const literal = [0xf0 + 8, 0x6f, 0x11, 0x01, ...long]
  const copy = [0x0f, 0x70, 0x11, 0x01, 0x00]
  const unpacked = unpackSnappy(new Uint8Array([0xf4, 0xa2, 0x04, ...literal, ...copy]), 70_004)
  expect(unpacked.subarray(70_000)).toEqual(long.subarray(0, 4))
})

test.each([
  ['no length', [0x80, 0x80, 0x80, 0x80, 0x80, 0x01], 5],
  ['a literal that ends early', [0x05, 0x10, 1, 2], 5],
  ['a literal of minus some bytes', [0x05, 0xfc, 0xf0, 0xff, 0xff, 0xff], 5],
  ['a tag without its length', [0x05, 0xf8, 1], 5],
  ['a copy from before the beginning', [0x08, 0x00, 1, 0x01, 0x02], 5],
  ['a copy of nothing', [0x08, 0x00, 1, 0x01, 0x00], 5],
  ['more than was announced', [0x01, 0x08, 1, 2, 3], 1],
  ['less than was announced', [0x03, 0x00, 1], 3],
  ['far more than bytes can make', [0x03, 0x00, 1], 1_000_000_000],
])('is refused: %s', (_, bytes, length) => {
  expect(() => unpackSnappy(new Uint8Array(bytes), length)).toThrow('Snappy')
})
