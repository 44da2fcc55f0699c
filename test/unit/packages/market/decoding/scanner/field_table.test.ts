import { expect, test } from 'vitest'
import { FIELDS, fieldOf, UNKNOWN } from '#market/decoding/scanner/field_table'

const fieldNamed = (name: string) => {
  const bytes = Buffer.from(`"${name}"`)
  return fieldOf(bytes, 1, bytes.length - 1)
}

test('every field is found by its name', () => {
  expect(FIELDS.map(fieldNamed)).toEqual(FIELDS.map((_, number) => number))
})

test('a name with one letter changed, lost or added is not ours', () => {
  const near = FIELDS.flatMap((name) =>
    [...name].flatMap((_, i) => [
      `${name.slice(0, i)}~${name.slice(i + 1)}`,
      `${name.slice(0, i)}${name.slice(i + 1)}`,
      `${name.slice(0, i)}${name[i]?.toUpperCase()}x${name.slice(i + 1)}`,
    ]),
  )
  const others = near.filter((name) => !FIELDS.some((field) => field === name))
  expect(others.filter((name) => fieldNamed(name) !== UNKNOWN)).toEqual([])
  expect(['', 'a', 'x'.repeat(100)].map(fieldNamed)).toEqual([UNKNOWN, UNKNOWN, UNKNOWN])
})
