// Places as text: event ids go out into the world and come back, by way of pages and strangers.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Offset, offset } from '#runtime/units'
import { type Place, parsePlace, placeText } from '#services/web/live/place_text'

const offsets = fc.array(fc.maxSafeNat().map(offset), { maxLength: 20 })
const life = fc.stringMatching(/^[0-9a-f]{12}$/)
const places: fc.Arbitrary<Place> = fc.record({
  topicsLife: life,
  ticksLife: life,
  tick: fc.maxSafeNat(),
  bars: offsets,
  alerts: offsets,
})

test('a place comes back as it was', () => {
  fc.assert(fc.property(places, (place) => void expect(parsePlace(placeText(place))).toEqual(place)))
})

test('its text is one line of characters that headers and addresses take as they are', () => {
  fc.assert(fc.property(places, (place) => void expect(placeText(place)).toMatch(/^[0-9a-z.-]+$/)))
})

test('a text of somebody else is none', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const place = parsePlace(text)
      if (place !== null) expect(parsePlace(placeText(place))).toEqual(place)
    }),
  )
  const good = placeText({ topicsLife: 'a', ticksLife: 'b', tick: 1, bars: [1 as Offset], alerts: [] })
  for (const text of [
    '',
    '1',
    'a.b.1',
    `${good}-`,
    `${good}.1`,
    ` ${good}`,
    'a.b.1.zzzzzzzzzzz.',
    'a.b.-1.1.',
    'a.b.1.1-.',
  ]) {
    expect(parsePlace(text), text).toBeNull()
  }
  expect(parsePlace(`a.b.1.${'1-'.repeat(1_000_000)}1.`)).toBeNull()
})
