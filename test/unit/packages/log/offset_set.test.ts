// Sets of offsets as bits: against a plain set, over blocks and bytes.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OffsetSet } from '#log/offset_set'

/** Around the edges of bytes and blocks, and far out. */
const offset = fc.oneof(
  fc.nat(40),
  fc.integer({ min: 65_520, max: 65_560 }),
  fc.integer({ min: 2 ** 40 - 20, max: 2 ** 40 + 20 }),
)

test('holds what was added, alone and in ranges, and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(offset, fc.nat(200))),
      fc.array(offset),
      fc.array(offset),
      (ranges, singles, asked) => {
        const set = new OffsetSet()
        const plain = new Set<number>()
        for (const [first, length] of ranges) {
          set.addRange(first, first + length)
          for (let at = first; at <= first + length; at++) plain.add(at)
        }
        for (const at of singles) {
          set.add(at)
          plain.add(at)
        }
        for (const at of [...asked, ...plain]) expect(set.has(at)).toBe(plain.has(at))
      },
    ),
  )
})

test('tells what is in one set and not in another, within bounds', () => {
  const [rows, seen] = [new OffsetSet(), new OffsetSet()]
  rows.addRange(65_530, 65_545)
  rows.add(3)
  seen.addRange(65_531, 65_540)
  expect([...rows.without(seen, { from: 0, to: 65_544 })]).toEqual([3, 65_530, 65_541, 65_542, 65_543])
  expect([...rows.without(seen, { from: 4, to: 65_531 })]).toEqual([65_530])
  expect([...rows.without(rows, { from: 0, to: 70_000 })]).toEqual([])
})
