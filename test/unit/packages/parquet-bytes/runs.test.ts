import fc from 'fast-check'
import { ByteWriter } from 'hyparquet-writer'
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js'
import { expect, test } from 'vitest'
import { countInRuns } from '#parquet-bytes/runs'

const readerOf = (bytes: Uint8Array) => ({
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  offset: 0,
})

test('counts what a writer wrote, and ends where it ended', () => {
  const written = fc.integer({ min: 1, max: 20 }).chain((width) => {
    const value = fc.integer({ min: 0, max: 2 ** width - 1 })
    const runs = fc.array(fc.tuple(value, fc.integer({ min: 1, max: 30 })), { minLength: 1, maxLength: 20 })
    return fc.record({ width: fc.constant(width), runs })
  })
  fc.assert(
    fc.property(written, ({ width, runs }) => {
      const values = runs.flatMap(([value, times]) => Array<number>(times).fill(value))
      const writer = new ByteWriter()
      writeRleBitPackedHybrid(writer, values, width)
      const bytes = writer.getBytes().slice()
      const reader = readerOf(bytes)
      const [wanted, highest] = [values[0] ?? 0, Math.max(...values)]
      const facts = { count: values.length, width, wanted, end: bytes.length }
      expect(countInRuns(reader, { ...facts, highest })).toBe(values.filter((value) => value === wanted).length)
      expect(reader.offset).toBe(bytes.length)
      // The padding of the last group is no value.
      if (highest > 0)
        expect(() => countInRuns(readerOf(bytes), { ...facts, highest: highest - 1 })).toThrow('cannot be')
    }),
  )
})

test.each<[string, number[], { count: number; width: number }]>([
  ['a run of two thousand million values', [0xfe, 0xff, 0xff, 0xff, 0x0f, 0x01], { count: 8, width: 1 }],
  ['as many packed groups of no bits', [0xff, 0xff, 0xff, 0xff, 0x0f, 0x01], { count: 8, width: 0 }],
  ['runs of nothing, and then no more', [0x00, 0x01, 0x00, 0x01], { count: 8, width: 1 }],
  ['packed bits that are not there', [0x05, 0xff], { count: 16, width: 1 }],
  ['a width of 200 bits', [0x03, 0xff], { count: 8, width: 200 }],
])('is refused: %s', (_, bytes, facts) => {
  const runs = { ...facts, highest: 1, wanted: 1, end: bytes.length }
  expect(() => countInRuns(readerOf(Uint8Array.from(bytes)), runs)).toThrow()
})
