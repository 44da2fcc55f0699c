// What is written is what DuckDB and hyparquet read, and no statistics exclude it.

import fc from 'fast-check'
import { type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { DECOMPRESSORS } from '#parquet-bytes/codecs'
import { type ColumnValues, INLINE_BYTES_MAX, VALUE_WORDS, type ValueKind } from '#parquet-bytes/column_values'
import { TEXT_BOUND_BYTES_MAX } from '#parquet-bytes/values/row_group'
import { ROW_GROUP_HEAP_BYTES, ROW_GROUP_ROWS, writeValues } from '#parquet-bytes/write_values'
import { rowsOfParquet } from '#support/lake/parquet_rows'

type Value = number | bigint | boolean | string | Uint8Array | null

/** A column of these values. */
function columnOf(name: string, kind: ValueKind, values: readonly Value[]): ColumnValues {
  const width = VALUE_WORDS[kind]
  const words = new Int32Array(values.length * width)
  const view = new DataView(words.buffer)
  const validity = new Uint8Array(Math.ceil(values.length / 8))
  const heap: Buffer[] = []
  let heapBytes = 0
  for (const [row, value] of values.entries()) {
    if (value === null) continue
    validity[row >> 3] = (validity[row >> 3] as number) | (1 << (row & 7))
    const at = row * width * 4
    if (kind === 'double') view.setFloat64(at, value as number, true)
    else if (typeof value === 'bigint') view.setBigInt64(at, value, true)
    else if (typeof value === 'number' || typeof value === 'boolean') view.setInt32(at, Number(value), true)
    else {
      const bytes = Buffer.from(value as string)
      view.setInt32(at, bytes.length, true)
      if (bytes.length <= INLINE_BYTES_MAX) new Uint8Array(words.buffer).set(bytes, at + 4)
      else {
        view.setInt32(at + 4, heapBytes, true)
        heap.push(bytes)
        heapBytes += bytes.length
      }
    }
  }
  const isEmpty = values.every((value) => value === null)
  return { name, kind, isNullable: true, words, validity, isEmpty, heap: Buffer.concat(heap) }
}

const rowsTo = (count: number) => Int32Array.from({ length: count }, (_, i) => i)

async function written(columns: readonly ColumnValues[], rows: Int32Array) {
  const file = await writeValues({ columns, rows, createdBy: 'test' })
  const bytes = file.body.slice().buffer
  return { ...file, bytes, metadata: parquetMetadata(bytes) }
}

const long = fc.bigInt({ min: BigInt(Number.MIN_SAFE_INTEGER), max: BigInt(Number.MAX_SAFE_INTEGER) })
const text = fc.oneof(
  fc.constantFrom('', 'USD', 'A', 'twelve bytes', 'x\0y'),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
)
const row = fc.tuple(
  fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  fc.option(fc.integer()),
  fc.option(fc.integer({ min: -700_000, max: 2_900_000 })),
  fc.option(long),
  fc.option(fc.bigInt({ min: -(2n ** 50n), max: 2n ** 50n })),
  fc.option(fc.boolean()),
  fc.option(text),
  fc.option(fc.uint8Array({ maxLength: 30 })),
)
const KINDS: readonly ValueKind[] = ['double', 'int32', 'date', 'int64', 'timestamp', 'boolean', 'text', 'bytes']

test('values of every kind, with and without nulls, some of the rows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(row, fc.boolean()), { maxLength: 60 }), async (rows) => {
      const columns = KINDS.map((kind, i) =>
        columnOf(
          kind,
          kind,
          rows.map(([values]) => values[i] as Value),
        ),
      )
      const selected = Int32Array.from([...rows.keys()].filter((i) => rows[i]?.[1] === true))
      const expected = [...selected].map((i) => rows[i]?.[0] as Value[])
      const { body, bytes, ranges } = await written(columns, selected)
      const query = `SELECT double, int32, (date - DATE '1970-01-01')::INTEGER, int64, epoch_us("timestamp"),
          boolean, text, bytes FROM FILE`
      const read = (await rowsOfParquet(body, query)).map((values) => values.map(plain))
      expect(read).toEqual(expected.map((values) => values.map(plain)))
      const others = await parquetReadObjects({ file: bytes, compressors: DECOMPRESSORS, utf8: false })
      const ofOthers = others.map(({ double, int32, date, int64, boolean, text }) => {
        return [double, int32, date instanceof Date ? date.getTime() / 86_400_000 : date, int64, boolean, text]
      })
      expect(ofOthers).toEqual(
        expected.map(([double, int32, date, int64, _, boolean, text]) => [double, int32, date, int64, boolean, text]),
      )
      for (const [i, kind] of KINDS.entries()) {
        const present = expected.map((values) => values[i] as Value).filter((value) => value !== null)
        const range = ranges.get(kind)
        expect(range?.nullCount ?? 0).toBe(expected.length - present.length)
        if (kind === 'boolean' || kind === 'bytes' || present.length === 0) expect(range?.min).toBeUndefined()
        else {
          const sorted = [...present].sort(inOrder).map(numeric)
          expect([range?.min, range?.max].map(signless)).toEqual([sorted[0], sorted.at(-1)].map(signless))
        }
      }
    }),
    { numRuns: 60 },
  )
})

/** As both readers' values compare. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (typeof value === 'object' && value !== null)
    return Buffer.from((value as { bytes: Uint8Array }).bytes).toString('hex')
  return value
}

function inOrder(one: Value, other: Value): number {
  if (typeof one === 'string') return Buffer.compare(Buffer.from(one), Buffer.from(other as string))
  return (one as number) < (other as number) ? -1 : 1
}

const numeric = (value: Value | undefined) => (typeof value === 'bigint' ? Number(value) : value)
const signless = (value: unknown) => (value === 0 ? 0 : value)

test('texts that come again are written once, others as they are', async () => {
  const values = Array.from({ length: 20_000 }, (_, i) => i)
  const columns = [
    columnOf(
      'one',
      'text',
      values.map(() => 'USD'),
    ),
    columnOf(
      'some',
      'text',
      values.map((i) => `S${(i * 7) % 4_096}`),
    ),
    columnOf(
      'many',
      'text',
      values.map((i) => `S${i % 4_097}`),
    ),
    columnOf(
      'long',
      'text',
      values.map((i) => `longer than its words ${i % 3}`),
    ),
    columnOf(
      'some absent',
      'text',
      values.map((i) => (i % 3 === 0 ? null : `S${i % 500}`)),
    ),
    columnOf(
      'none',
      'text',
      values.map(() => null),
    ),
  ]
  const { body, metadata } = await written(columns, rowsTo(values.length))
  const hasDictionary = metadata.row_groups[0]?.columns.map(
    ({ meta_data }) => meta_data?.dictionary_page_offset !== undefined,
  )
  expect(hasDictionary).toEqual([true, true, false, false, true, true])
  const rows = await rowsOfParquet(body)
  expect(
    rows.every((read, i) => {
      const expected = ['USD', `S${(i * 7) % 4_096}`, `S${i % 4_097}`, `longer than its words ${i % 3}`]
      return [...expected, i % 3 === 0 ? null : `S${i % 500}`, null].every((value, column) => read[column] === value)
    }),
  ).toBe(true)
})

test('a constant column has its value in every row', async () => {
  const constant = { ...columnOf('topic', 'text', ['a topic of any length']), isNullable: false, isConstant: true }
  const { body, ranges } = await written([constant, columnOf('n', 'int32', [1, 2, 3])], Int32Array.of(2, 0))
  expect(await rowsOfParquet(body)).toEqual([
    ['a topic of any length', 3],
    ['a topic of any length', 1],
  ])
  expect(ranges.get('topic')).toEqual({ nullCount: 0, min: 'a topic of any length', max: 'a topic of any length' })
})

test('row groups end by rows, and by bytes of long values; a file without rows has none', async () => {
  const count = ROW_GROUP_ROWS * 2 + 1
  const numbers = columnOf(
    'n',
    'int32',
    Array.from({ length: count }, (_, i) => i - 5),
  )
  const many = await written([numbers], rowsTo(count))
  expect(groupRows(many.metadata)).toEqual([ROW_GROUP_ROWS, ROW_GROUP_ROWS, 1])
  expect(many.ranges.get('n')).toEqual({ nullCount: 0, min: -5, max: count - 6 })
  const [first] = many.metadata.row_groups
  expect(first?.columns[0]?.meta_data?.statistics).toMatchObject({ min_value: -5, max_value: ROW_GROUP_ROWS - 6 })
  const third = 'x'.repeat(ROW_GROUP_HEAP_BYTES / 3)
  const large = await written([columnOf('text', 'text', [third, third, null, third, third, third])], rowsTo(6))
  expect(groupRows(large.metadata)).toEqual([4, 2])
  expect((await rowsOfParquet(large.body)).map(([value]) => value === third)).toEqual([
    true,
    true,
    false,
    true,
    true,
    true,
  ])
  const none = await written([numbers], rowsTo(0))
  expect([groupRows(none.metadata), await rowsOfParquet(none.body)]).toEqual([[], []])
})

test('the bounds of long texts are short, and no row lies outside them', async () => {
  const long = ['b'.repeat(70_000), `${'b'.repeat(70_000)}c`, 'é'.repeat(5_000)]
  const { metadata, ranges, body } = await written([columnOf('text', 'text', long)], rowsTo(3))
  const bounds = metadata.row_groups[0]?.columns[0]?.meta_data?.statistics
  expect(Buffer.from(bounds?.min_value as string).toString()).toBe('b'.repeat(TEXT_BOUND_BYTES_MAX))
  expect(Buffer.from(bounds?.max_value as string).length).toBeLessThanOrEqual(TEXT_BOUND_BYTES_MAX)
  expect(Buffer.compare(Buffer.from(bounds?.max_value as string), Buffer.from(long[2] as string))).toBe(1)
  expect([bounds?.is_min_value_exact, bounds?.is_max_value_exact]).toEqual([false, false])
  expect(await rowsOfParquet(body, `SELECT count(*) FROM FILE WHERE text = '${long[1]}'`)).toEqual([[1n]])
  expect([ranges.get('text')?.min, ranges.get('text')?.max]).toEqual([long[0], long[2]])
})

test('texts as long as a symbol keep their bounds as they are', async () => {
  const texts = ['A'.repeat(32), 'B'.repeat(TEXT_BOUND_BYTES_MAX)]
  const { metadata } = await written([columnOf('text', 'text', texts)], rowsTo(2))
  const bounds = metadata.row_groups[0]?.columns[0]?.meta_data?.statistics
  expect([bounds?.min_value, bounds?.max_value].map((bound) => Buffer.from(bound as string).toString())).toEqual(texts)
  expect([bounds?.is_min_value_exact, bounds?.is_max_value_exact]).toEqual([undefined, undefined])
})

test('a text above which no shorter one stands has no upper bound', async () => {
  const { metadata, body } = await written([columnOf('text', 'text', ['a', '\u{10ffff}'.repeat(5_000)])], rowsTo(2))
  const bounds = metadata.row_groups[0]?.columns[0]?.meta_data?.statistics
  expect([Buffer.from(bounds?.min_value as string).toString(), bounds?.max_value]).toEqual(['a', undefined])
  expect(await rowsOfParquet(body, "SELECT count(*) FROM FILE WHERE text > 'b'")).toEqual([[1n]])
})

function groupRows({ row_groups }: FileMetaData): number[] {
  return row_groups.map(({ num_rows }) => Number(num_rows))
}
