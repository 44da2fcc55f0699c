// Our headers: what is written is read back, and nothing else is taken for it.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  attemptHeaders,
  attemptOf,
  encodeOrigin,
  isRedriveMark,
  isReplayed,
  ORIGIN_HEADER,
  ORIGIN_PARTITIONS_MAX,
  originOf,
  REDRIVE_MARK_HEADERS,
  REPLAYED_HEADER,
  REPLAYED_HEADERS,
} from '#market/headers'
import { offset } from '#runtime/units'

const bytes = (text: string) => new TextEncoder().encode(text)
const bytesOf = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, bytes(text)]))

/** The origin that a record at 3:100 names by this text. */
const originIn = (text: string) => originOf({ headers: { [ORIGIN_HEADER]: bytes(text) }, offset: offset(100) }, 3)

test('what the stream writes is read back', () => {
  const partitions = fc.integer({ min: 0, max: ORIGIN_PARTITIONS_MAX - 1 })
  const offsets = fc.oneof(fc.maxSafeNat(), fc.nat(20))
  fc.assert(
    fc.property(partitions, offsets, (partition, from) => {
      const origin = { partition, offset: offset(from) }
      const copy = { headers: bytesOf({ [ORIGIN_HEADER]: encodeOrigin(origin) }), offset: offset(0) }
      expect(originOf(copy, partition === 7 ? 8 : 7)).toEqual(origin)
    }),
  )
})

test('what is read is what the stream would have written', () => {
  const texts = fc.string({ unit: fc.constantFrom('0', '1', '9', ':', '-', ' ', 'a'), maxLength: 24 })
  fc.assert(
    fc.property(texts, (text) => {
      const origin = originIn(text)
      if (origin !== null) expect(encodeOrigin(origin)).toBe(text)
    }),
    { numRuns: 5_000 },
  )
})

test.each(['', ':', '1:', ':1', 'a:1', '1:1:1', '-1:5', '+1:5', '1:-5', '1:5 ', '01:5', '1:05', '1:1e3', '1:0x1'])(
  '%j is no origin',
  (text) => {
    expect(originIn(text)).toBe(null)
  },
)

test.each([`${ORIGIN_PARTITIONS_MAX}:1`, '1:9007199254740992', '1:99999999999999999', `1:${'9'.repeat(1000)}`])(
  '%j is out of bounds',
  (text) => {
    expect(originIn(text)).toBe(null)
  },
)

test('an original comes before its copy', () => {
  expect(originIn('3:99')).toEqual({ partition: 3, offset: 99 })
  expect(originIn('3:100')).toBe(null)
  expect(originIn('3:101')).toBe(null)
  expect(originIn('4:101')).toEqual({ partition: 4, offset: 101 })
})

test('no header, no origin', () => {
  expect(originOf({ headers: null, offset: offset(100) }, 3)).toBe(null)
  expect(originOf({ headers: { trace: bytes('1:1') }, offset: offset(100) }, 3)).toBe(null)
})

test('the headers that the replay source sends mark a record as replayed', () => {
  expect(isReplayed(REPLAYED_HEADERS)).toBe(true)
  expect(isReplayed({ trace: bytes('7'), ...REPLAYED_HEADERS })).toBe(true)
})

test.each([
  null,
  {},
  { other: bytes('1') },
  ...['', '0', '11', 'true'].map((text) => ({ [REPLAYED_HEADER]: bytes(text) })),
])('headers %j do not', (headers) => {
  expect(isReplayed(headers)).toBe(false)
})

test('an attempt that is written is read back; without one, a record is tried for the first time', () => {
  for (const attempt of [1, 2, 999_999]) expect(attemptOf(bytesOf(attemptHeaders(attempt)))).toBe(attempt)
  expect(attemptOf(null)).toBe(1)
  expect(attemptOf({})).toBe(1)
})

test.each(['', '0', '-1', '1.5', 'many', '02', '1000000'])('%j is no attempt', (text) => {
  expect(attemptOf(bytesOf({ 'tickerlake-attempt': text }))).toBe(1)
})

test('a redrive mark is known by its header', () => {
  expect(isRedriveMark(bytesOf(REDRIVE_MARK_HEADERS))).toBe(true)
  expect(isRedriveMark({})).toBe(false)
  expect(isRedriveMark(null)).toBe(false)
})
