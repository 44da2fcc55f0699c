import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countInRuns } from '#parquet-bytes/runs'
import { runBytesMax, writePacked, writeRepeated } from '#parquet-bytes/values/write_runs'

function counted(target: Uint8Array, end: number, facts: { count: number; width: number; wanted: number }): number {
  const reader = { view: new DataView(target.buffer), offset: 0 }
  const found = countInRuns(reader, { ...facts, highest: 2 ** facts.width - 1, end })
  expect(reader.offset).toBe(end)
  return found
}

test('packed values are read back, whatever their width', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16 }), fc.array(fc.nat(), { minLength: 1, maxLength: 600 }), (width, raw) => {
      const values = raw.map((value) => value % 2 ** width)
      const target = new Uint8Array(runBytesMax(values.length, width))
      const end = writePacked(target, 0, { values, count: values.length, width })
      for (const wanted of new Set(values)) {
        const found = counted(target, end, { count: values.length, width, wanted })
        expect(found).toBe(values.filter((value) => value === wanted).length)
      }
    }),
  )
})

test('a repeated value is read back as often as it was written', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 16 }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.nat(),
      (width, count, raw) => {
        const value = raw % 2 ** width
        const target = new Uint8Array(runBytesMax(count, width))
        const end = writeRepeated(target, 0, { value, count, width })
        expect(counted(target, end, { count, width, wanted: value })).toBe(count)
      },
    ),
  )
})
