import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FAILED, JsonReader } from '#market/decoding/scanner/json_reader'

/** A reader that stands before `text` within an object. */
function readerOf(text: string): { json: JsonReader; end: number } {
  const json = new JsonReader()
  const bytes = Buffer.from(`${text}}`)
  expect(json.open(bytes, 0, bytes.length)).toBe(true)
  return { json, end: bytes.length - 1 }
}

function numberOf(text: string): number | undefined {
  const { json, end } = readerOf(text)
  return json.readNumber(0) === end ? json.number : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

describe('a number is what JSON.parse makes of it', () => {
  const digits = (min: number, max: number) => fc.stringMatching(new RegExp(`^\\d{${min},${max}}$`))
  const texts = fc.oneof(
    fc.double().map(String),
    fc.tuple(digits(1, 18), digits(0, 25)).map(([whole, part]) => `${Number(whole)}${part && '.'}${part}`),
    fc.tuple(digits(0, 3), digits(0, 3), digits(0, 3)).map(([a, b, c]) => `-${a}.${b}e${c}`),
    fc.stringMatching(/^-?[0-9]{1,3}[.eE+-]?[0-9.eE+-]{0,6}$/),
    fc.integer({ min: -9, max: 9 }).map((n) => String(2n ** 53n + BigInt(n))),
  )

  test('to the last bit, or none', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(Object.is(numberOf(text), parsed(text.trim() === text ? text : ''))).toBe(true)
      }),
      { numRuns: 20_000 },
    )
  })

  test.each(['0', '-0', '0.1', '1e999', '9007199254740993', '0.30000000000000004', `1${'0'.repeat(22)}.5`])(
    '%s',
    (text) => {
      expect(numberOf(text)).toBe(JSON.parse(text))
    },
  )
})

describe('a value is skipped', () => {
  test.each([
    '"text"',
    '{}',
    '[]',
    '[ 1 , {"a" : [true,false,null]} , "}" ]',
    '-1.5e+3',
    `${'['.repeat(16)}${']'.repeat(16)}`,
  ])('%s', (text) => {
    const { json, end } = readerOf(text)
    expect(json.skipValue(0)).toBe(end)
  })

  test.each([
    '"\\n"',
    '"\u00e9"',
    '"\u0001"',
    '"',
    '[1,]',
    '[1 2]',
    '{"a"}',
    '{"a":1,}',
    '{',
    '[',
    'nul',
    'True',
    '+1',
    ' ',
  ])('unless it is %s: broken, or not to be skipped for sure', (text) => {
    expect(readerOf(text).json.skipValue(0)).toBe(FAILED)
  })

  test('unless it is nested deeper than 16', () => {
    expect(readerOf(`${'['.repeat(17)}${']'.repeat(17)}`).json.skipValue(0)).toBe(FAILED)
  })
})
