// The scan holds to the definition: on values of every kind both decoders say the same, to the last bit. And the
// comparison can see: each planted mistake is caught.

import { describe, expect, test } from 'vitest'
import { createJsonDecoder, DEFAULT_DECODER_SETTINGS, type QuoteDecoder } from '#market/decoding/decoder'
import { createScanner } from '#market/decoding/scanner/scanner'
import { createDecoder, ScanningDecoder } from '#market/decoding/scanning_decoder'
import { epochMs } from '#runtime/units'
import { type DecoderPair, FUZZ_SETTINGS, firstDifference, same } from '#support/quote_fuzz/comparison'
import * as faults from '#support/quote_fuzz/planted_faults'
import { INGEST_TIME } from '#support/quote_fuzz/times'
import { fuzzValue, quoteText } from '#support/quote_fuzz/values'
import { randomOf } from '#support/simulation/world/random'

/** TEST_FUZZ=full: the long form. TEST_FUZZ_SEED: another seed. */
const { TEST_FUZZ, TEST_FUZZ_SEED = '1' } = process.env
const VALUES = TEST_FUZZ === 'full' ? 5_000_000 : 200_000
const TIMEOUT_MS = TEST_FUZZ === 'full' ? 7_200_000 : 120_000
const timestamp = epochMs(INGEST_TIME)

test(`${VALUES} values are decoded as the definition has it`, { timeout: TIMEOUT_MS }, () => {
  const pairs = FUZZ_SETTINGS.map((settings): DecoderPair => {
    return { expected: createJsonDecoder(settings), actual: createDecoder(settings) }
  })
  expect(firstDifference(pairs, Number(TEST_FUZZ_SEED), VALUES)).toBeNull()
})

describe('a planted mistake is caught:', () => {
  const VALUES_MAX = 100_000

  test.each(Object.entries(faults))('%s', { timeout: 120_000 }, (_, fault) => {
    const pairs = FUZZ_SETTINGS.map((settings): DecoderPair => {
      const expected = createJsonDecoder(settings)
      return { expected, actual: new ScanningDecoder(fault(createScanner(settings)), expected) }
    })
    expect(firstDifference(pairs, 1, VALUES_MAX)).not.toBeNull()
  })

  test('and -0 is not taken for 0, nor one order of members for another', () => {
    expect(same({ a: [1, { b: 0 }] }, { a: [1, { b: 0 }] })).toBe(true)
    expect(same({ a: 0 }, { a: -0 })).toBe(false)
    expect(same({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(false)
    expect(same({ a: 1 }, { a: 1, b: undefined })).toBe(false)
    expect(same(Object.create(null), {})).toBe(false)
  })
})

describe('what producers send takes the scan, all of it:', () => {
  const NOW = new Date(INGEST_TIME).toISOString()
  const usual: [string, string][] = [
    ['our own sources', `{"symbol":"AAPL","price":277.06,"timestamp":${INGEST_TIME},"source":"simulator"}`],
    ['ids', `{"symbol":"AAPL","price":277.06,"timestamp":${INGEST_TIME},"id":"t-1"}`],
    [
      'ids that are integers of any size',
      `{"id":18446744073709551615,"symbol":"A","price":1,"timestamp":${INGEST_TIME}}`,
    ],
    ['ISO timestamps', `{"timestamp":"${NOW}","symbol":"BRK.B","price":10,"currency":"USD","exchange":"NMS"}`],
    ['Python', `{"symbol": "TSLA", "price": 444.45, "size": null, "timestamp": "2026-10-02T15:59:00.123456-04:00"}`],
    ['Python with the digits of a float32', `{"symbol": "TSLA", "price": 277.05999755859375, "timestamp": "${NOW}"}`],
    ['Python with small prices', `{"symbol": "SHIB-USD", "price": 1.234e-05, "timestamp": "${NOW}"}`],
    ['basic offsets, no seconds, lower case', `{"symbol":"A","price":1,"timestamp":"2026-10-02t15:59-0400"}`],
    ['pretty text and a line end', `{\n  "symbol": "A",\n  "price": 1,\n  "timestamp": ${INGEST_TIME}\n}\r\n`],
    [
      'Yahoo, with fields that are not ours',
      `{"symbol":"A","longName":"A, Inc.","change":-0.5,"price":1,"timestamp":${INGEST_TIME},"tradeable":false}`,
    ],
    [
      'nested fields that are not ours',
      `{"symbol":"A","price":1,"timestamp":${INGEST_TIME},"book":{"bids":[[1,2],[3,4e5]],"of":null}}`,
    ],
  ]

  /** Decodes by a definition that must not be asked. */
  function scanOnly(text: string): ReturnType<QuoteDecoder['decode']> {
    const decode = () => expect.unreachable('the definition was asked')
    const decoder = new ScanningDecoder(createScanner(DEFAULT_DECODER_SETTINGS), {
      settings: DEFAULT_DECODER_SETTINGS,
      decode,
    })
    return decoder.decode({ value: Buffer.from(text), timestamp })
  }

  test.each(usual)('%s', (_, text) => {
    const expected = createJsonDecoder(DEFAULT_DECODER_SETTINGS).decode({ value: Buffer.from(text), timestamp })
    expect(expected.kind).toBe('quote')
    expect(same(scanOnly(text), expected)).toBe(true)
  })
})

test('a value within other bytes is scanned as by itself', () => {
  const random = randomOf(2, 'in place')
  const [alone, inPlace] = [createScanner(DEFAULT_DECODER_SETTINGS), createScanner(DEFAULT_DECODER_SETTINGS)]
  let taken = 0
  for (let i = 0; i < 20_000; i++) {
    const value = fuzzValue(random)
    const noise = [quoteText(random), '"', '}', ',"size":1}', ' '].map((text) => Buffer.from(text))
    const head = random.pick(noise)
    const whole = Buffer.concat([head, value, random.pick(noise)])
    const isTaken = alone.scan(value, 0, value.length)
    expect(inPlace.scan(whole, head.length, head.length + value.length)).toBe(isTaken)
    if (!isTaken) continue
    taken++
    expect(inPlace.slots.present).toBe(alone.slots.present)
    expect(inPlace.slots.numbers).toEqual(alone.slots.numbers)
    expect(inPlace.slots.symbol).toBe(alone.slots.symbol)
  }
  expect(taken).toBeGreaterThan(5_000)
})
