// The header of a re-keyed copy: what the stream writes is read back, and nothing else is taken for it.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeOrigin, ORIGIN_PARTITIONS_MAX, originOf } from '#market/origin'
import { offset } from '#runtime/units'

const bytes = (text: string) => new TextEncoder().encode(text)
const at = { partition: 3, offset: offset(100) }

test('what the stream writes is read back', () => {
  const partitions = fc.integer({ min: 0, max: ORIGIN_PARTITIONS_MAX - 1 })
  const offsets = fc.oneof(fc.maxSafeNat(), fc.nat(20))
  fc.assert(
    fc.property(partitions, offsets, (partition, from) => {
      const origin = { partition, offset: offset(from) }
      const copy = { partition: partition === 7 ? 8 : 7, offset: offset(0) }
      expect(originOf(bytes(encodeOrigin(origin)), copy)).toEqual(origin)
    }),
  )
})

test('what is read is what the stream would have written', () => {
  const texts = fc.string({ unit: fc.constantFrom('0', '1', '9', ':', '-', ' ', 'a'), maxLength: 24 })
  fc.assert(
    fc.property(texts, (text) => {
      const origin = originOf(bytes(text), at)
      if (origin !== null) expect(encodeOrigin(origin)).toBe(text)
    }),
    { numRuns: 5_000 },
  )
})

test.each(['', ':', '1:', ':1', 'a:1', '1:1:1', '-1:5', '+1:5', '1:-5', '1:5 ', '01:5', '1:05', '1:1e3', '1:0x1'])(
  '%j is no origin',
  (text) => {
    expect(originOf(bytes(text), at)).toBe(null)
  },
)

test.each([`${ORIGIN_PARTITIONS_MAX}:1`, '1:9007199254740992', '1:99999999999999999', `1:${'9'.repeat(1000)}`])(
  '%j is out of bounds',
  (text) => {
    expect(originOf(bytes(text), at)).toBe(null)
  },
)

test('an original comes before its copy', () => {
  expect(originOf(bytes('3:99'), at)).toEqual({ partition: 3, offset: 99 })
  expect(originOf(bytes('3:100'), at)).toBe(null)
  expect(originOf(bytes('3:101'), at)).toBe(null)
  expect(originOf(bytes('4:101'), at)).toEqual({ partition: 4, offset: 101 })
})

test('no header, no origin', () => {
  expect(originOf(undefined, at)).toBe(null)
})
