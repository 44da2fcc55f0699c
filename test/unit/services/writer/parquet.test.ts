import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEAD_LETTERS_TOPIC, PRICES_TOPIC } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { query, rowsOf, snapshotOf } from '#support/lake/lake_tables'
import { batchOf, INGEST_START, quoteValues, rangeTo, testWriter } from '#support/lake/writer'
import { newFolder, removeFolder, temporaryFolder } from '#support/temporary_folder'

async function landed(values: readonly unknown[], topic: string = PRICES_TOPIC, root = temporaryFolder()) {
  const lake = openFilesystemStore({ root })
  const writer = await testWriter(lake)
  await writer.open({ topic, partition: 0 }, rangeTo(values.length))
  await writer.process(batchOf(values, { topic }))
  await writer.flush()
  await writer.dispose()
  return lake
}

test('a data file has the physical types that Delta asks for, in zstd and data pages of version 1', async () => {
  const lake = await landed(quoteValues(5000, { stepMs: 1 }))
  const [file] = [...(await snapshotOf(lake, 'stocks')).files.values()]
  const path = lake.localPath(`stocks/${file?.path}`)
  const schema = await query(`SELECT name, type, logical_type FROM parquet_schema('${path}')`)
  const types = Object.fromEntries(schema.map((column) => [column.name, [column.type, String(column.logical_type)]]))
  const instant = expect.stringMatching(/^TimestampType\(isAdjustedToUTC=1, unit=.*MICROS=MicroSeconds/)
  expect(types).toMatchObject({
    event_time: ['INT64', instant],
    ingest_time: ['INT64', instant],
    processing_time: ['INT64', instant],
    price: ['DOUBLE', expect.anything()],
    symbol: ['BYTE_ARRAY', expect.anything()],
    source_partition: ['INT32', expect.anything()],
    source_offset: ['INT64', expect.anything()],
  })
  expect(Object.keys(types)).not.toContain('date')
  expect(Object.keys(types).filter((name) => name.startsWith('_'))).toEqual([])
  const pages = await query(`SELECT DISTINCT compression, encodings FROM parquet_metadata('${path}')`)
  expect(new Set(pages.map((page) => page.compression))).toEqual(new Set(['ZSTD']))
  expect(pages.map((page) => String(page.encodings)).join()).not.toMatch(/DELTA|BYTE_STREAM_SPLIT/)
})

test('the schema in the log names every stored column and its type', async () => {
  const lake = await landed([])
  const { schema, metadata, protocol } = await snapshotOf(lake, 'stocks')
  expect(metadata.partitionColumns).toEqual(['date'])
  expect(protocol).toEqual({ minReaderVersion: 1, minWriterVersion: 2 })
  const fields = schema.fields.map(({ name, type, nullable }) => `${name} ${type}${nullable ? '' : ' not null'}`)
  expect(fields).toEqual([
    'symbol string not null',
    'price double not null',
    'event_time timestamp not null',
    'id string',
    'size double',
    'day_volume double',
    'bid double',
    'ask double',
    'bid_size double',
    'ask_size double',
    'currency string',
    'exchange string',
    'market_state string',
    'previous_close double',
    'source string',
    'extra string',
    'ingest_time timestamp not null',
    'processing_time timestamp not null',
    'replayed boolean',
    'source_topic string not null',
    'source_partition integer not null',
    'source_offset long not null',
    'date date not null',
  ])
})

test('each date is a file below its own folder, and a commit has a bounded number of them', async () => {
  const day = 86_400_000
  const values = quoteValues(500, { stepMs: day })
  const lake = await landed(values)
  const { files, version } = await snapshotOf(lake, 'stocks')
  expect(files.size).toBe(500)
  expect(version).toBe(2)
  for (const [path, file] of files) {
    expect(path).toMatch(
      new RegExp(`^date=${file.partitionValues.date}/part-\\d{5}-[0-9a-f-]{36}\\.c000\\.zstd\\.parquet$`),
    )
  }
  const rows = await rowsOf(lake, 'stocks')
  expect(rows.map((row) => row.source_offset)).toEqual(values.map((_, i) => String(i)))
  expect(rows.every((row) => String(row.event_time).startsWith(String(row.date)))).toBe(true)
})

test('large values are whole: text and bytes', async () => {
  const note = 'ü€😀'.repeat(5000)
  const values = quoteValues(150).map((value, i) => ({ ...value, note: `${i}${note}` }))
  const lake = await landed(values)
  const rows = await rowsOf(lake, 'stocks')
  expect(rows.map((row) => row.extra)).toEqual(values.map(({ note }) => JSON.stringify({ note })))
  const bytes = Buffer.alloc(1_000_000, 'x')
  const letter = { reason: 'too_large', detail: '', topic: 't', partition: 0, offset: 0, ingestTime: INGEST_START }
  const more = { key: null, headers: null, attempt: 1, processingTime: INGEST_START, value: bytes.toString('base64') }
  const letters = await rowsOf(await landed(Array(8).fill({ ...letter, ...more }), DEAD_LETTERS_TOPIC), 'dead_letters')
  expect(letters.map((row) => row.value === bytes.toString())).toEqual(Array(8).fill(true))
})

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 14 }), fc.constant('x\0y'))
const number = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })
const quote = fc.record(
  {
    symbol: fc.constantFrom('A', 'BRK-B', '^GSPC', 'ABCDEFGHIJKLMNOPQRST'),
    price: fc.double({ min: 5e-324, noNaN: true, noDefaultInfinity: true }),
    timestamp: fc.integer({ min: INGEST_START - 100_000_000, max: INGEST_START }),
    id: fc.option(text),
    size: fc.option(number),
    bid: fc.option(number),
    exchange: fc.option(text),
    source: fc.option(fc.string({ unit: 'grapheme', maxLength: 300 })),
    note: text,
  },
  { requiredKeys: ['symbol', 'price', 'timestamp'] },
)

test('what is read back is what came in, and no statistics exclude it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(quote, { minLength: 1, maxLength: 60 }), async (quotes) => {
      const root = newFolder()
      try {
        const lake = await landed(quotes, PRICES_TOPIC, root)
        const rows = await rowsOf(lake, 'stocks')
        expect(rows.map((row) => [row.symbol, row.price, row.id, row.size, row.bid, row.exchange, row.source])).toEqual(
          quotes.map((q) => [q.symbol, q.price, q.id || null, q.size, q.bid, q.exchange, q.source].map(asStored)),
        )
        for (const file of (await snapshotOf(lake, 'stocks')).files.values()) {
          const inFile = rows.filter((row) => row.date === file.partitionValues.date)
          expectStatisticsToHold(JSON.parse(file.stats ?? '{}'), inFile)
        }
      } finally {
        removeFolder(root)
      }
    }),
    { numRuns: 30 },
  )
})

/** JSON has no -0; a lone surrogate becomes U+FFFD on its way to UTF-8. */
function asStored(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.from(value).toString()
  return value === undefined ? null : value === 0 ? 0 : value
}

interface Statistics {
  readonly numRecords: number
  readonly minValues: Readonly<Record<string, string | number>>
  readonly maxValues: Readonly<Record<string, string | number>>
  readonly nullCount: Readonly<Record<string, number>>
}

function expectStatisticsToHold(statistics: Statistics, rows: readonly Readonly<Record<string, unknown>>[]): void {
  expect(statistics.numRecords).toBe(rows.length)
  expect(Object.keys(statistics.nullCount)).toHaveLength(22)
  for (const [column, nulls] of Object.entries(statistics.nullCount)) {
    const values = rows.map((row) => row[column]).filter((value) => value !== null)
    expect(rows.length - values.length).toBe(nulls)
    for (const value of values) {
      const [low, high] = [statistics.minValues[column], statistics.maxValues[column]]
      if (low !== undefined) expect(compare(low, value, column)).toBeLessThanOrEqual(0)
      if (high !== undefined) expect(compare(high, value, column)).toBeGreaterThanOrEqual(0)
    }
  }
  for (const column of ['symbol', 'price', 'event_time', 'source_offset']) {
    expect(statistics.minValues).toHaveProperty(column)
    expect(statistics.maxValues).toHaveProperty(column)
  }
}

function compare(bound: string | number, value: unknown, column: string): number {
  if (column.endsWith('_time')) return Date.parse(String(bound)) - Date.parse(String(value).replace('+00', 'Z'))
  if (typeof bound === 'number') return bound - Number(value)
  return Buffer.compare(Buffer.from(bound), Buffer.from(String(value)))
}

test('an empty batch of progress makes no file', async () => {
  const lake = openFilesystemStore({ root: temporaryFolder() })
  const writer = await testWriter(lake)
  await writer.open({ topic: PRICES_TOPIC, partition: 0 }, rangeTo(3))
  await writer.process(batchOf([{ price: 1 }], { next: 3 }))
  await writer.flush()
  await writer.dispose()
  const { files, version, txns } = await snapshotOf(lake, 'stocks')
  expect([files.size, version, [...txns.values()].map((txn) => txn.version)]).toEqual([0, 1, [3]])
})
