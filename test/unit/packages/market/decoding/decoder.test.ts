import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { REJECT_REASONS } from '#market/dead_letter'
import {
  createJsonDecoder,
  DEFAULT_DECODER_SETTINGS,
  type DecoderSettings,
  type EncodedQuote,
  VALUE_BYTES_MAX,
} from '#market/decoding/decoder'
import { TIMESTAMP_MIN_MS } from '#market/decoding/fields'
import { createDecoder } from '#market/decoding/scanning_decoder'
import { encodeQuote, type Quote, quoteOf } from '#market/quote'
import { type EpochMs, epochMs } from '#runtime/units'
import { same } from '#support/quote_fuzz/comparison'

/** The definition and the decoder that scans, which have to agree on every case. */
function decoderBy(settings: Partial<DecoderSettings>) {
  const all = { ...DEFAULT_DECODER_SETTINGS, ...settings }
  const [definition, scanning] = [createJsonDecoder(all), createDecoder(all)]
  return {
    decode(record: EncodedQuote) {
      const result = scanning.decode(record)
      expect(same(result, definition.decode(record))).toBe(true)
      return result
    },
  }
}

const byDefault = decoderBy({})
const decodeQuote = (value: Uint8Array | null, timestamp: EpochMs) => byDefault.decode({ value, timestamp })

const NOW = epochMs(1_790_971_201_000)
const decode = (value: unknown) => decodeText(JSON.stringify(value))
const decodeText = (text: string) => decodeQuote(Buffer.from(text), NOW)
const good = { symbol: 'AAPL', price: 333.69, timestamp: NOW }
const reasonOf = (result: ReturnType<typeof decodeQuote>) => (result.kind === 'rejected' ? result.reason : 'a quote')

describe('a valid value', () => {
  test('needs symbol, price and timestamp only', () => {
    expect(decode(good)).toEqual({ kind: 'quote', quote: quoteOf({ ...good, timestamp: NOW }) })
  })

  test('may carry every optional field', () => {
    const full = {
      ...good,
      id: 't-1',
      size: 100,
      dayVolume: 31_878_433,
      bid: 330.02,
      ask: 335,
      bidSize: 4,
      askSize: 5,
      currency: 'USD',
      exchange: 'NMS',
      marketState: 'CLOSED',
      previousClose: 330.32,
      source: 'yahoo',
    }
    expect(decode(full)).toEqual({ kind: 'quote', quote: { ...full, extra: null } })
  })

  test('may give null for what it does not know', () => {
    const result = decode({ ...good, id: null, size: null, bid: null, currency: null })
    expect(result).toEqual({ kind: 'quote', quote: quoteOf({ ...good, timestamp: NOW }) })
  })

  test('may come from the Python producer: ISO timestamp with a zone, spaces after the colons', () => {
    const result = decodeText('{"symbol": "TSLA", "price": 444.45, "timestamp": "2026-10-02T16:00:00.123456-04:00"}')
    expect(result).toMatchObject({ kind: 'quote', quote: { timestamp: Date.UTC(2026, 9, 2, 20, 0, 0, 123) } })
  })

  test('keeps fields that are not ours, whatever they are called', () => {
    const result = decodeText(`{"symbol":"A","price":1,"timestamp":${NOW},"__proto__":{"x":1},"toString":2}`)
    const extra = result.kind === 'quote' ? result.quote.extra : null
    expect(Object.keys(extra ?? {})).toEqual(['__proto__', 'toString'])
  })

  test('may give its id as an integer, and an empty id is none', () => {
    expect(decode({ ...good, id: 42 })).toMatchObject({ quote: { id: '42' } })
    expect(decode({ ...good, id: '' })).toMatchObject({ quote: { id: null } })
  })

  test.each(['9007199254740993', '-9007199254740993', '18446744073709551615', '1'.repeat(40)])(
    'keeps the digits of the id %s',
    (id) => {
      const text = `{"symbol":"A","price":1,"inner":{"id":1},"id":${id},"timestamp":${NOW}}`
      expect(decodeText(text)).toMatchObject({ kind: 'quote', quote: { id } })
    },
  )

  test('may write a small integer id as any number', () => {
    expect(decodeText(`{"symbol":"A","price":1,"id":1e3,"timestamp":${NOW}}`)).toMatchObject({ quote: { id: '1000' } })
    expect(decodeText(`{"symbol":"A","price":1,"id":1.0,"timestamp":${NOW}}`)).toMatchObject({ quote: { id: '1' } })
  })

  test('may have a fraction of a millisecond, which is cut off', () => {
    expect(decode({ ...good, timestamp: NOW - 0.25 })).toMatchObject({ quote: { timestamp: NOW - 1 } })
  })

  const symbols = ['BRK.B', '^GSPC', 'EURUSD=X', 'BTC-USD', '0700.HK', 'A', 'M&M.NS', 'J&KBANK.NS', 'BTC/USD', 'NYSE:A']
  test.each([...symbols, 'A_B', 'C+', '+', 'A.', '.A', 'A/./B', 'A'.repeat(32)])('is for %s', (symbol) => {
    expect(decode({ ...good, symbol })).toMatchObject({ kind: 'quote' })
  })

  test('may hold the replacement character itself', () => {
    expect(decode({ ...good, source: '\uFFFD' })).toMatchObject({ quote: { source: '\uFFFD' } })
  })
})

const refused: [string, string, (typeof REJECT_REASONS)[number]][] = [
  ['more than 64 KiB', `${' '.repeat(VALUE_BYTES_MAX)}{`, 'too_large'],
  ['broken JSON', '{"symbol":', 'not_json'],
  ['nothing at all', '', 'not_json'],
  ['NaN, which is not JSON', `{"symbol":"A","price":NaN,"timestamp":${NOW}}`, 'not_json'],
  ['a byte order mark', '\uFEFF{}', 'not_json'],
  ['an array', '[]', 'not_an_object'],
  ['null', 'null', 'not_an_object'],
  ['a number', '1', 'not_an_object'],
  ['no symbol', JSON.stringify({ ...good, symbol: undefined }), 'missing_field'],
  ['a null price', JSON.stringify({ ...good, price: null }), 'missing_field'],
  ['no timestamp', JSON.stringify({ ...good, timestamp: undefined }), 'missing_field'],
  ['a symbol that is a number', JSON.stringify({ ...good, symbol: 1 }), 'wrong_type'],
  ['a price that is a string', JSON.stringify({ ...good, price: '1' }), 'wrong_type'],
  ['a timestamp without a zone', JSON.stringify({ ...good, timestamp: '2026-10-02T16:00:00' }), 'wrong_type'],
  ['a timestamp that is an object', JSON.stringify({ ...good, timestamp: {} }), 'wrong_type'],
  ['30 February', JSON.stringify({ ...good, timestamp: '2026-02-30T16:00:00Z' }), 'wrong_type'],
  ['a size that is a string', JSON.stringify({ ...good, size: '1' }), 'wrong_type'],
  ['a currency that is a number', JSON.stringify({ ...good, currency: 1 }), 'wrong_type'],
  ['an id that is an array', JSON.stringify({ ...good, id: [] }), 'wrong_type'],
  ['a lower-case symbol', JSON.stringify({ ...good, symbol: 'aapl' }), 'invalid_symbol'],
  ['an empty symbol', JSON.stringify({ ...good, symbol: '' }), 'invalid_symbol'],
  ['the symbol .', JSON.stringify({ ...good, symbol: '.' }), 'invalid_symbol'],
  ['the symbol ..', JSON.stringify({ ...good, symbol: '..' }), 'invalid_symbol'],
  ['a path for a symbol', JSON.stringify({ ...good, symbol: '../A' }), 'invalid_symbol'],
  ['a symbol with .. in it', JSON.stringify({ ...good, symbol: 'A..B' }), 'invalid_symbol'],
  ['a symbol that begins with /', JSON.stringify({ ...good, symbol: '/A' }), 'invalid_symbol'],
  ['a symbol that ends in /', JSON.stringify({ ...good, symbol: 'A/' }), 'invalid_symbol'],
  ['a symbol with a blank', JSON.stringify({ ...good, symbol: 'A B' }), 'invalid_symbol'],
  ['33 characters of symbol', JSON.stringify({ ...good, symbol: 'A'.repeat(33) }), 'invalid_symbol'],
  ['a price of 0', JSON.stringify({ ...good, price: 0 }), 'invalid_price'],
  ['a negative price', JSON.stringify({ ...good, price: -1 }), 'invalid_price'],
  ['an infinite price', `{"symbol":"A","price":1e999,"timestamp":${NOW}}`, 'invalid_price'],
  ['a negative size', JSON.stringify({ ...good, size: -1 }), 'invalid_number'],
  ['an infinite volume', `{"symbol":"A","price":1,"dayVolume":1e999,"timestamp":${NOW}}`, 'invalid_number'],
  ['an id with a fraction', JSON.stringify({ ...good, id: 1.5 }), 'invalid_number'],
  ['a large id with an exponent', `{"symbol":"A","price":1,"id":1e20,"timestamp":${NOW}}`, 'invalid_number'],
  ['an infinite id', `{"symbol":"A","price":1,"id":1e999,"timestamp":${NOW}}`, 'invalid_number'],
  ['seconds', JSON.stringify({ ...good, timestamp: NOW / 1e3 }), 'timestamp_unit'],
  ['microseconds', JSON.stringify({ ...good, timestamp: NOW * 1e3 }), 'timestamp_unit'],
  ['nanoseconds', JSON.stringify({ ...good, timestamp: NOW * 1e6 }), 'timestamp_unit'],
  ['a minute and a millisecond ahead', JSON.stringify({ ...good, timestamp: NOW + 60_001 }), 'timestamp_in_future'],
  ['a string ahead', JSON.stringify({ ...good, timestamp: '2100-01-01T00:00:00Z' }), 'timestamp_in_future'],
  ['1999', JSON.stringify({ ...good, timestamp: TIMESTAMP_MIN_MS - 1 }), 'timestamp_too_old'],
  ['a string of 1999', JSON.stringify({ ...good, timestamp: '1999-12-31T23:59:59Z' }), 'timestamp_too_old'],
]

describe('a value is refused', () => {
  test.each(refused)('with %s', (_name, text, reason) => {
    expect(reasonOf(decodeText(text))).toBe(reason)
  })

  test('when its bytes are not UTF-8', () => {
    expect(reasonOf(decodeQuote(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), NOW))).toBe('not_utf8')
  })

  test('when there is none', () => {
    expect(reasonOf(decodeQuote(null, NOW))).toBe('not_json')
  })

  test('for every reason of the closed list', () => {
    expect(new Set([...refused.map(([, , reason]) => reason), 'not_utf8'])).toEqual(new Set(REJECT_REASONS))
  })

  test('with a detail that names the field and is cut short', () => {
    const result = decode({ ...good, symbol: 'x'.repeat(60_000) })
    expect(result).toMatchObject({ detail: expect.stringMatching(/^symbol: "x{80}"… \(60000 characters\)$/) })
  })

  test('however deep it is nested', () => {
    const nested = `{"symbol":"A","price":${'['.repeat(30_000)}${']'.repeat(30_000)},"timestamp":${NOW}}`
    expect(decodeText(nested)).toMatchObject({ reason: 'wrong_type', detail: 'price: an array' })
  })
})

describe('the edges of time', () => {
  test.each([TIMESTAMP_MIN_MS, NOW + 60_000])('%d is taken', (timestamp) => {
    expect(decode({ ...good, timestamp })).toMatchObject({ kind: 'quote' })
  })

  test('how far ahead is allowed can be set', () => {
    const record = { value: Buffer.from(JSON.stringify({ ...good, timestamp: NOW + 5 })), timestamp: NOW }
    const decoderFor = (futureToleranceMs: number) => decoderBy({ futureToleranceMs })
    expect(reasonOf(decoderFor(4).decode(record))).toBe('timestamp_in_future')
    expect(decoderFor(5).decode(record).kind).toBe('quote')
  })
})

describe('the settings', () => {
  const decodeBy = (settings: Partial<DecoderSettings>, fields: object) => {
    const text = JSON.stringify({ ...good, ...fields })
    return decoderBy(settings).decode({ value: Buffer.from(text), timestamp: NOW })
  }
  const seconds = NOW / 1000 - 0.25

  test('let in what plain Python producers send', () => {
    const second = { quote: { timestamp: NOW - 250 } }
    expect(decodeBy({ timestampUnit: 's' }, { timestamp: seconds })).toMatchObject(second)
    expect(decodeBy({ timestampUnit: 'us' }, { timestamp: (NOW - 250) * 1e3 })).toMatchObject(second)
    const local = new Date(NOW - 250).toISOString().replace('Z', '')
    expect(decodeBy({ timestampZone: 'UTC' }, { timestamp: local })).toMatchObject(second)
    expect(decodeBy({ timestampZone: 'UTC' }, { timestamp: local.replace('T', ' ') })).toMatchObject(second)
    expect(decodeBy({ priceText: 'accept' }, { price: '277.06' })).toMatchObject({ quote: { price: 277.06 } })
  })

  test('let nothing else in', () => {
    expect(reasonOf(decodeBy({ timestampUnit: 's' }, {}))).toBe('timestamp_unit')
    expect(reasonOf(decodeBy({ timestampZone: 'UTC' }, { timestamp: '2026-10-02' }))).toBe('wrong_type')
    for (const price of ['277,06', ' 1', '1e3', '0x1', '', '.5', '5.', '+5', 'NaN', '1_000']) {
      expect(reasonOf(decodeBy({ priceText: 'accept' }, { price }))).toBe('wrong_type')
    }
    for (const price of ['0', '-1', '9'.repeat(400)]) {
      expect(reasonOf(decodeBy({ priceText: 'accept' }, { price }))).toBe('invalid_price')
    }
    expect(reasonOf(decodeBy({ priceText: 'accept' }, { size: '1' }))).toBe('wrong_type')
  })

  test('nanoseconds are read from their digits where a double would be off by a millisecond', () => {
    const decoder = decoderBy({ timestampUnit: 'ns' })
    const value = Buffer.from(`{"symbol":"A","price":1,"timestamp":${NOW - 1}999999}`)
    expect(decoder.decode({ value, timestamp: NOW })).toMatchObject({ quote: { timestamp: NOW - 1 } })
  })

  test.each<[string, object, string]>([
    ['seconds', { timestamp: seconds }, `timestamp: ${seconds} looks like seconds: set TIMESTAMP_UNIT=s`],
    [
      'microseconds',
      { timestamp: NOW * 1e3 },
      `timestamp: ${NOW * 1e3} looks like microseconds: set TIMESTAMP_UNIT=us`,
    ],
    [
      'no zone',
      { timestamp: '2026-10-02 16:00:00' },
      'timestamp: "2026-10-02 16:00:00" has no zone: set TIMESTAMP_ZONE',
    ],
    ['a text for a price', { price: '277.06' }, 'price: "277.06" is text: set PRICE_TEXT=accept'],
  ])('that would let a value in is named, for %s', (_name, fields, detail) => {
    expect(decodeBy({}, fields)).toMatchObject({ detail: expect.stringContaining(detail) })
  })

  test('is not named where it would not help', () => {
    expect(decodeBy({}, { price: 'dear' })).toMatchObject({ detail: 'price: "dear"' })
    expect(decodeBy({}, { timestamp: 'noon' })).toMatchObject({ detail: 'timestamp: "noon"' })
    expect(decodeBy({}, { timestamp: 5 })).toMatchObject({ detail: 'timestamp: 5' })
    const milliseconds = `timestamp: ${NOW} looks like milliseconds: set TIMESTAMP_UNIT=ms`
    expect(decodeBy({ timestampUnit: 's' }, {})).toMatchObject({ detail: milliseconds })
  })
})

describe('properties', () => {
  const amount = fc.option(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }))
  const word = fc.option(fc.string({ unit: 'binary' }))
  const quote: fc.Arbitrary<Quote> = fc.record({
    symbol: fc.stringMatching(/^[A-Z0-9^=&:_+-]{1,32}$/),
    price: fc.double({ min: 1e-9, max: 1e12, noNaN: true }),
    timestamp: fc.integer({ min: TIMESTAMP_MIN_MS, max: NOW }).map(epochMs),
    id: fc.option(fc.string({ minLength: 1 })),
    size: amount,
    dayVolume: amount,
    bid: amount,
    ask: amount,
    bidSize: amount,
    askSize: amount,
    currency: word,
    exchange: word,
    marketState: word,
    previousClose: amount,
    source: word,
    extra: fc.constant(null),
  })

  test('what is encoded comes back', () => {
    fc.assert(
      fc.property(quote, (given) => {
        expect(decodeText(encodeQuote(given))).toEqual({ kind: 'quote', quote: given })
      }),
    )
  })

  test('any bytes and any JSON have an outcome, and a rejection a reason of the list', () => {
    const field = fc.oneof(fc.jsonValue(), fc.double(), fc.constant('AAPL'), fc.constant(NOW), fc.constant(1.5))
    const object = fc.record(
      { symbol: field, price: field, timestamp: field, size: field, id: field },
      { requiredKeys: [] },
    )
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
      object.map((value) => Buffer.from(JSON.stringify(value))),
    )
    fc.assert(
      fc.property(bytes, (value) => {
        const result = decodeQuote(value, NOW)
        if (result.kind === 'rejected') expect(REJECT_REASONS).toContain(result.reason)
        else expect(result.quote.price).toBeGreaterThan(0)
      }),
      { numRuns: 5_000 },
    )
  })
})
