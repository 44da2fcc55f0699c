// A letter's JSON: what is written is read back, and what is none of ours is told apart.

import { expect, test } from 'vitest'
import { decodeDeadLetter, encodeDeadLetter, letterBytes, refusedPlace } from '#market/dead_letter'
import { SOME_LETTER as letter } from '#support/dead_letters'

test('a letter comes back from its record as it was; what is none is told apart', () => {
  const decoded = decodeDeadLetter(Buffer.from(encodeDeadLetter(letter)))
  expect(decoded).toEqual({ ...letter, value: Buffer.from([1, 2]), headers: { a: Buffer.from([3]) } })
  const broken = { reason: 'none', partition: -1, offset: 'x', key: 5, headers: { a: 'b' }, detail: null }
  for (const [name, value] of Object.entries(broken)) {
    const fields = { ...JSON.parse(encodeDeadLetter(letter)), [name]: value }
    expect(decodeDeadLetter(Buffer.from(JSON.stringify(fields)))).toBeNull()
  }
  expect(decodeDeadLetter(null)).toBeNull()
})

test('the place of a refused record is read without the rest of its letter', () => {
  const place = { topic: letter.topic, partition: letter.partition, offset: letter.offset }
  const jsonOf = (fields: object) => Buffer.from(JSON.stringify(fields))
  expect(refusedPlace(Buffer.from(encodeDeadLetter(letter)))).toEqual(place)
  expect(refusedPlace(jsonOf({ ...place, reason: 'of_another_version' }))).toEqual(place)
  for (const broken of [{ topic: 5 }, { partition: -1 }, { offset: 1.5 }, { offset: '1' }]) {
    expect(refusedPlace(jsonOf({ ...place, ...broken }))).toBeNull()
  }
  expect(refusedPlace(Buffer.from('{'))).toBeNull()
  expect(refusedPlace(null)).toBeNull()
})

test('bytes are base64 text, and no other value is', () => {
  expect(letterBytes('AQI=')).toEqual(Buffer.from([1, 2]))
  expect(letterBytes('')).toEqual(Buffer.alloc(0))
  for (const value of [null, 5, 'not base64!', '=A']) expect(letterBytes(value)).toBeUndefined()
})
