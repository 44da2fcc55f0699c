import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseIsoInstant } from '#market/decoding/instant'
import { InstantReader } from '#market/decoding/scanner/iso_instant'
import { JsonReader } from '#market/decoding/scanner/json_reader'

/** Reads one text after the other; NaN is what it does not take. */
function instantReader(): (text: string) => number {
  const json = new JsonReader()
  const instants = new InstantReader(json)
  return (text) => {
    const bytes = Buffer.from(`"${text}"}`)
    json.open(bytes, 0, bytes.length)
    const end = instants.read(0)
    return end === bytes.length - 1 ? instants.ms : Number.NaN
  }
}

const instantOf = (text: string) => instantReader()(text)

test('each day of the century is the one that Date has', () => {
  const instantOf = instantReader()
  const days = Array.from({ length: 36_525 }, (_, day) => Date.UTC(2000, 0, 1 + day))
  expect(days.filter((ms) => instantOf(new Date(ms).toISOString()) !== ms)).toEqual([])
})

test.each([
  ['2026-10-02T16:00:00Z', Date.UTC(2026, 9, 2, 16)],
  ['2026-10-02 16:00:00.1Z', Date.UTC(2026, 9, 2, 16, 0, 0, 100)],
  ['2026-10-02T16:00:00.123999999-04:00', Date.UTC(2026, 9, 2, 20, 0, 0, 123)],
  ['2026-10-02T16:00:00+05:30', Date.UTC(2026, 9, 2, 10, 30)],
])('%s is %d', (text, ms) => {
  expect(instantOf(text)).toBe(ms)
})

test.each([
  '',
  '2026-10-02',
  '2026-10-02T16:00Z',
  '2026-10-02T16:00:00',
  '2026-10-02T16:00:60Z',
  '2100-01-01T00:00:00Z',
])('of the unusual or wrong %s nothing is said', (text) => {
  expect(instantOf(text)).toBeNaN()
})

test('whatever it takes, the definition takes for the same instant', () => {
  const digits = fc.stringMatching(
    /^20\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-6]\d:[0-6]\d(\.\d{0,10})?(Z|[+-][0-2]\d:[0-6]\d|)$/,
  )
  fc.assert(
    fc.property(digits, (text) => {
      const ms = instantOf(text)
      if (!Number.isNaN(ms)) expect(ms).toBe(parseIsoInstant(text))
    }),
    { numRuns: 20_000 },
  )
})

test('the minute that is kept is that of the text before, and no other', () => {
  const instantOf = instantReader()
  const minute = '2026-10-02T16:07'
  expect(instantOf(`${minute}:00Z`)).toBe(Date.UTC(2026, 9, 2, 16, 7))
  for (let at = 0; at < minute.length; at++) {
    for (const char of '0123456789-:T t}"\0') {
      const text = `${minute.slice(0, at)}${char}${minute.slice(at + 1)}:01.5Z`
      expect(instantOf(`${minute}:59+01:00`)).toBe(Date.UTC(2026, 9, 2, 15, 7, 59))
      const ms = instantOf(text)
      if (!Number.isNaN(ms)) expect([text, ms]).toEqual([text, parseIsoInstant(text)])
      else if (/^20\d\d-\d\d-\d\d[T ][\d:]{5}:/.test(text)) expect(parseIsoInstant(text)).toBeNaN()
    }
  }
})

test('a text that is refused does not become the minute that is kept', () => {
  const instantOf = instantReader()
  for (const text of ['2026-02-30T16:07', '2026-10-02T24:07', '2026-10-02T16:60', '\0'.repeat(16), '\xff'.repeat(16)]) {
    for (let n = 0; n < 2; n++) expect(instantOf(`${text}:00Z`)).toBeNaN()
  }
})

test('instants in any order are those of the definition', () => {
  const near = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.constantFrom('Z', '+00:00', '-04:00', '+05:30'))
  const texts = near.map(([steps, zone]) => {
    return `${new Date(Date.UTC(2026, 9, 2, 23, 59) + steps * 25_001).toISOString().slice(0, 23)}${zone}`
  })
  fc.assert(
    fc.property(fc.array(texts, { maxLength: 30 }), (given) => {
      expect(given.map(instantReader())).toEqual(given.map((text) => parseIsoInstant(text)))
    }),
    { numRuns: 1_000 },
  )
})
