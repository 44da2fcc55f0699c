// Numbers and bytes come out of an image as they went in, wherever a piece of memory ends between them.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ImageReader, ImageWriter } from '#services/stream/snapshot/image_lists'

test('bytes and numbers are read as they were written', () => {
  const entry = fc.oneof(
    fc.double(),
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ minLength: 760, maxLength: 770 }),
  )
  fc.assert(
    fc.property(fc.nat(30), fc.array(entry, { maxLength: 30 }), (short, entries) => {
      const to = new ImageWriter()
      // Up to the end of the first piece, and a little less.
      for (let left = 8_192 - short; left > 0; left--) to.number(left)
      for (const each of entries) typeof each === 'number' ? to.number(each) : to.bytes(each, 0, each.length)
      const from = new ImageReader(to.image())
      for (let left = 8_192 - short; left > 0; left--) expect(from.number()).toBe(left)
      for (const each of entries) {
        if (typeof each === 'number') expect(from.number()).toBe(each)
        else expect(bytesOf(from)).toEqual(each)
      }
      from.end()
    }),
  )
})

test('bytes beyond the end are damage', () => {
  const to = new ImageWriter()
  to.bytes(Uint8Array.of(1, 2, 3), 0, 3)
  const { numbers, texts } = to.image()
  new Uint8Array(numbers.buffer)[0] = 7
  expect(() => new ImageReader({ numbers, texts }).bytes()).toThrow('it ends early')
  expect(() => new ImageReader({ numbers: new Float64Array(0), texts }).bytes()).toThrow('it ends early')
})

function bytesOf(from: ImageReader): Uint8Array {
  const { idBytes, idStart, idStop } = from.bytes()
  return idBytes.slice(idStart, idStop)
}
