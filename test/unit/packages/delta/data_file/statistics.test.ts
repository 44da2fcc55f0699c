import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesIn, type ColumnRange, encodeStatistics, recordCount, rowsIn } from '#delta/data_file/statistics'
import { type Bound, encodeBound } from '#delta/data_file/statistics_bound'
import type { PrimitiveType, StructType } from '#delta/schema/schema'
import { column, rowsFile } from '#support/delta/delta_table'

function encoded(type: PrimitiveType, range: Partial<ColumnRange>, numRecords = 9): string {
  const schema: StructType = { type: 'struct', fields: [column('c', type)] }
  return encodeStatistics(schema, { numRecords, columns: new Map([['c', { nullCount: 0, ...range }]]) })
}

const boundsOf = (text: string) =>
  [/"minValues":\{(?:"c":(.*?))?\}/, /"maxValues":\{(?:"c":(.*?))?\}/].map((r) => r.exec(text)?.[1])

describe('statistics', () => {
  test('are nested like the schema, without partition columns', () => {
    const inner: StructType = { type: 'struct', fields: [column('x', 'integer'), column('y', 'string')] }
    const schema: StructType = {
      type: 'struct',
      fields: [column('date', 'date'), column('s', inner), column('a', 'long')],
    }
    const columns = new Map<string, ColumnRange>([
      ['date', { nullCount: 0, min: '2026-11-21', max: '2026-11-21' }],
      ['s.x', { nullCount: 1, min: 1, max: 2 }],
      ['s.y', { nullCount: 3 }],
    ])
    const text = encodeStatistics(schema, { numRecords: 3, columns, partitionColumns: ['date'] })
    expect(JSON.parse(text)).toEqual({
      numRecords: 3,
      minValues: { s: { x: 1 } },
      maxValues: { s: { x: 2 } },
      nullCount: { s: { x: 1, y: 3 } },
      tightBounds: true,
    })
  })

  test.each<[string, PrimitiveType, Bound, Bound, string | undefined, string | undefined]>([
    [
      'long integers to the digit',
      'long',
      '-9223372036854775808',
      9223372036854775807n,
      '-9223372036854775808',
      '9223372036854775807',
    ],
    [
      'decimals to the digit',
      'decimal(38,10)',
      '12345678901234567890.1234567890',
      '-0.10',
      '12345678901234567890.1234567890',
      '-0.10',
    ],
    ['floats', 'double', '-1.5', 277.06, '-1.5', '277.06'],
    ['no infinity', 'double', '-inf', Number.POSITIVE_INFINITY, undefined, undefined],
    ['no NaN', 'double', Number.NaN, 'nan', undefined, undefined],
    ['no integer that was rounded', 'long', 2 ** 60, 2 ** 60, undefined, undefined],
    ['dates', 'date', '2026-11-21', '2026-11-22', '"2026-11-21"', '"2026-11-22"'],
    ['days', 'date', -1, 20_784, '"1969-12-31"', '"2026-11-27"'],
    ['no day that the log cannot write', 'date', -800_000, 3_000_000, undefined, undefined],
    ['no day that is none', 'date', 1.5, 1e12, undefined, undefined],
    ['no booleans', 'boolean', false, true, undefined, undefined],
    ['no bytes', 'binary', 'AA', 'BB', undefined, undefined],
    [
      'timestamps rounded outwards',
      'timestamp',
      '2026-11-21 15:30:00.123999+00',
      '2026-11-21 15:30:00.123001+00',
      '"2026-11-21T15:30:00.123Z"',
      '"2026-11-21T15:30:00.124Z"',
    ],
    ['timestamps before 1970', 'timestamp', -1n, -1001n, '"1969-12-31T23:59:59.999Z"', '"1969-12-31T23:59:59.999Z"'],
    [
      'zones',
      'timestamp',
      '2026-11-21T01:00:00+05:30',
      '2026-11-21 01:00:00-08',
      '"2026-11-20T19:30:00.000Z"',
      '"2026-11-21T09:00:00.000Z"',
    ],
    [
      'zone-less timestamps',
      'timestamp_ntz',
      '2026-11-21 01:00:00',
      '2026-11-21 01:00:00.0001',
      '"2026-11-21T01:00:00.000"',
      '"2026-11-21T01:00:00.001"',
    ],
    [
      'no timestamp of an odd zone',
      'timestamp',
      '2026-11-21 01:00:00+1:00',
      '2026-11-21 01:00:00+',
      undefined,
      undefined,
    ],
    ['no infinite timestamp', 'timestamp', '-infinity', 'infinity', undefined, undefined],
  ])('hold %s', (_what, type, min, max, wantedMin, wantedMax) => {
    expect(boundsOf(encoded(type, { min, max }))).toEqual([wantedMin, wantedMax])
  })

  test('of a column of nulls have a count only', () => {
    expect(encoded('long', { nullCount: 9, min: 1, max: 1 })).toBe(
      '{"numRecords":9,"minValues":{},"maxValues":{},"nullCount":{"c":9},"tightBounds":true}',
    )
  })

  test('cover the first 32 leaf columns', () => {
    const names = Array.from({ length: 40 }, (_, index) => `c${index}`)
    const schema: StructType = { type: 'struct', fields: names.map((name) => column(name, 'long')) }
    const columns = new Map(names.map((name) => [name, { nullCount: 0, min: 1, max: 1 }]))
    expect(Object.keys(JSON.parse(encodeStatistics(schema, { numRecords: 1, columns })).minValues)).toEqual(
      names.slice(0, 32),
    )
  })

  test('take a column of any name', () => {
    const schema: StructType = { type: 'struct', fields: [column('__proto__', 'long')] }
    const columns = new Map([['__proto__', { nullCount: 0, min: 1, max: 2 }]])
    expect(encodeStatistics(schema, { numRecords: 3, columns })).toContain('"minValues":{"__proto__":1}')
  })
})

describe('string bounds', () => {
  const utf8 = (text: string) => Buffer.from(text, 'utf8')
  const strings = fc.string({
    unit: fc.constantFrom('a', '~', '\u007f', 'é', '\uffff', '\u{10000}', '\u{10ffff}'),
    maxLength: 70,
  })

  test('enclose every string in the order of UTF-8 bytes, and are whole', () => {
    fc.assert(
      fc.property(strings, (text) => {
        const [min, max] = [
          encodeBound('string', text, 'min') as string,
          encodeBound('string', text, 'max') as string | undefined,
        ]
        expect(Buffer.compare(utf8(min), utf8(text))).toBeLessThanOrEqual(0)
        if (max !== undefined) expect(Buffer.compare(utf8(max), utf8(text))).toBeGreaterThanOrEqual(0)
        for (const bound of [min, max ?? '']) {
          expect(bound.isWellFormed()).toBe(true)
          expect(Array.from(bound).length).toBeLessThanOrEqual(33)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('keep short strings whole and shorten long ones', () => {
    expect(encodeBound('string', 'x'.repeat(32), 'max')).toBe('x'.repeat(32))
    expect(encodeBound('string', 'x'.repeat(33), 'min')).toBe('x'.repeat(32))
    expect(encodeBound('string', 'x'.repeat(33), 'max')).toBe(`${'x'.repeat(32)}\u007f`)
    expect(encodeBound('string', '😀'.repeat(40), 'max')).toBe(`${'😀'.repeat(32)}\u{10ffff}`)
    expect(encodeBound('string', '\u{10ffff}'.repeat(40), 'max')).toBeUndefined()
    expect(encodeBound('string', '\ud800', 'min')).toBeUndefined()
  })
})

test('timestamp bounds enclose every microsecond by less than a millisecond', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 16n }), (micros) => {
      const [min, max] = (['min', 'max'] as const).map((side) =>
        Date.parse(encodeBound('timestamp', micros, side) as string),
      )
      const [below, above] = [micros - BigInt(min ?? 0) * 1000n, BigInt(max ?? 0) * 1000n - micros]
      expect(below >= 0n && below < 1000n && above >= 0n && above < 1000n).toBe(true)
    }),
  )
})

describe('counts of files', () => {
  test('come from their statistics, junk not counting', () => {
    const file = rowsFile('a', 0, 5)
    expect(recordCount(file)).toBe(5)
    for (const stats of [null, undefined, '', 'null', '{}', '{"numRecords":-1}', '{"numRecords":"5"}']) {
      expect(recordCount({ ...file, stats: stats as string })).toBeUndefined()
    }
    expect(rowsIn([file, rowsFile('a', 5, 7)])).toBe(7)
    expect(rowsIn([file, { ...file, stats: null }])).toBeNull()
    expect(bytesIn([file, { ...file, size: 5n }])).toBe(1010)
  })
})
