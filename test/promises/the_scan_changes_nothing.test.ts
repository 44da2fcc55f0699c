// Promise: whether quotes are scanned or decoded by the definition, bars, alerts, late quotes, dead letters, copies and
// the rows of all tables are the same to the last bit. A recorded topic with all that producers send goes through
// stream and writer with either, cut into batches at other places. What comes out is that of the versions before, too.

import { describe, expect, test } from 'vitest'
import type { NewRecord } from '#log/event_log'
import { DEFAULT_DECODER_SETTINGS, type DecoderSettings } from '#market/decoding/decoder'
import { createScanner } from '#market/decoding/scanner/scanner'
import { createDecoder, ScanningDecoder } from '#market/decoding/scanning_decoder'
import { DEAD_LETTERS_TOPIC, PRICES_TOPIC, TOPICS } from '#market/topics'
import type { StreamCounters } from '#services/stream/outputs'
import { definingDecoder } from '#support/decoder'
import { firstUnequal } from '#support/quote_fuzz/comparison'
import { MILLISECOND_ROUNDED, NULL_IS_ZERO, type ScannerFault } from '#support/quote_fuzz/planted_faults'
import { fetches } from '#support/recorded_topic/fetches'
import { digestOf, type RecordedTopics, streamOutcome, writerOutcome } from '#support/recorded_topic/outcomes'
import { type Recording, recordOutputs, recordQuotes, type StoredBatch } from '#support/recorded_topic/recording'

/** TEST_FUZZ=full: the long form. */
const IS_FULL = process.env.TEST_FUZZ === 'full'
const SEEDS = Array.from({ length: IS_FULL ? 20 : 1 }, (_, i) => i + 1)
const RECORDS = 6_000
const PARTITIONS = 3
const TIMEOUT_MS = 120_000

const SETTINGS: readonly (readonly [string, DecoderSettings])[] = [
  ['', DEFAULT_DECODER_SETTINGS],
  [' with TIMESTAMP_ZONE and PRICE_TEXT', { ...DEFAULT_DECODER_SETTINGS, timestampZone: 'UTC', priceText: 'accept' }],
  [' with TIMESTAMP_UNIT=s', { ...DEFAULT_DECODER_SETTINGS, timestampUnit: 's' }],
]

const record = (seed: number, settings: DecoderSettings, withFuzz = true) =>
  recordQuotes({ seed, records: RECORDS, partitions: PARTITIONS, settings, withFuzz })

describe.each(SETTINGS)('stream and writer see no difference%s:', (_, settings) => {
  test.each(SEEDS)('seed %i', { timeout: TIMEOUT_MS }, async (seed) => {
    const [defined, scanned] = [definingDecoder(settings), createDecoder(settings)]
    const quotes = record(seed, settings)
    const expected = await streamOutcome(quotes, { decoder: defined, cuts: 1 })
    const actual = await streamOutcome(quotes, { decoder: scanned, cuts: 2 })
    expect(firstUnequal(expected.texts, actual.texts)).toBeNull()
    expect(actual.counters).toEqual(expected.counters)
    expectMixed(expected.counters)

    const topics = withOutputs(quotes, expected.outputs)
    const rows = await writerOutcome(topics, { decoder: defined, cuts: 3, flushRows: 4_000 })
    const scannedRows = await writerOutcome(topics, { decoder: scanned, cuts: 4, flushRows: 1_777 })
    expect(scannedRows.counters).toEqual(rows.counters)
    for (const [table, expectedRows] of Object.entries(rows.tables)) {
      expect(firstUnequal(expectedRows, scannedRows.tables[table] ?? [])).toBeNull()
    }
  })
})

/** A recording in which something is missing would prove less than it says. */
function expectMixed(counters: StreamCounters): void {
  const { dead, placed, late, duplicates, rekeyed, repetitions, bars, revisions, alerts, stale } = counters
  const seen = { ...dead, placed, late, duplicates, rekeyed, repetitions, bars, revisions, alerts, stale }
  expect(Object.entries(seen).filter(([, count]) => count < 5)).toEqual([])
}

function withOutputs(quotes: Recording, outputs: readonly NewRecord[]): RecordedTopics {
  const recorded = TOPICS.slice(1).map((topic) => {
    const put = outputs.filter((output) => output.topic === topic)
    return [topic, recordOutputs(put, { seed: 1, partitions: PARTITIONS })] as const
  })
  return { [PRICES_TOPIC]: quotes, ...Object.fromEntries(recorded) }
}

/**
 * Digests of a recording, and of what the version that brought volumeSince made of it. The outputs change
 * only with the rules of docs/semantics.md: then look at each member that differs before you take digests anew.
 * Dead letters are left out: some have error messages of Node's own.
 */
const BEFORE = {
  recording: '688469e3fd3de79a',
  outputs: 'd94fc2adc119b979',
  stocks: '78cf73aec4781fb5',
  bars_1m: '694802473b6c0f69',
  alerts: '34c710ce81ee27fe',
  late_quotes: '99db1b9498f90f55',
}

function valuesOf(stored: readonly StoredBatch[], partition: number): readonly string[] {
  const batches = [...fetches(stored, { seed: 1, topic: PRICES_TOPIC, partition })]
  return batches.flatMap(({ records }) => records.map(({ value }) => Buffer.from(value ?? []).toString('latin1')))
}

test('what comes out is what came out before', { timeout: TIMEOUT_MS }, async () => {
  const decoder = createDecoder(DEFAULT_DECODER_SETTINGS)
  const quotes = record(1, DEFAULT_DECODER_SETTINGS, false)
  const recording = digestOf(quotes.flatMap(valuesOf))
  const { outputs, texts } = await streamOutcome(quotes, { decoder, cuts: 5 })
  const { tables } = await writerOutcome(withOutputs(quotes, outputs), { decoder, cuts: 6, flushRows: 100_000 })
  const { dead_letters: _, ...kept } = tables
  const filled = Object.entries(kept).filter(([name]) => name in BEFORE)
  const digests = filled.map(([name, rows]) => [name, digestOf(rows)])
  const withoutLetters = texts.filter((_, i) => outputs[i]?.topic !== DEAD_LETTERS_TOPIC)
  expect({ recording, outputs: digestOf(withoutLetters), ...Object.fromEntries(digests) }).toEqual(BEFORE)
})

describe('a mistake of the scan would be seen', { timeout: TIMEOUT_MS }, () => {
  const defined = definingDecoder(DEFAULT_DECODER_SETTINGS)
  const wrong = (fault: ScannerFault) => new ScanningDecoder(fault(createScanner(DEFAULT_DECODER_SETTINGS)), defined)
  const quotes = record(1, DEFAULT_DECODER_SETTINGS)

  test('in what the stream puts out', async () => {
    const [expected, actual] = [
      await streamOutcome(quotes, { decoder: defined, cuts: 1 }),
      await streamOutcome(quotes, { decoder: wrong(MILLISECOND_ROUNDED), cuts: 1 }),
    ]
    expect(firstUnequal(expected.texts, actual.texts)).not.toBeNull()
  })

  test('in the rows of the tables', async () => {
    const flushRows = 100_000
    const [expected, actual] = [
      await writerOutcome({ [PRICES_TOPIC]: quotes }, { decoder: defined, cuts: 1, flushRows }),
      await writerOutcome({ [PRICES_TOPIC]: quotes }, { decoder: wrong(NULL_IS_ZERO), cuts: 1, flushRows }),
    ]
    expect(firstUnequal(expected.tables.stocks ?? [], actual.tables.stocks ?? [])).not.toBeNull()
  })
})
