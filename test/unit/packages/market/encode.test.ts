import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeAlert } from '#market/alert'
import { encodeBar } from '#market/bar'
import { encodeDeadLetter } from '#market/dead_letter'
import { encodeLateQuote } from '#market/late_quote'
import { encodeQuote, OPTIONAL_FIELDS, type Quote, quoteOf } from '#market/quote'
import { DEAD_LETTERS_TOPIC, TOPICS, topicSpecs } from '#market/topics'
import { epochMs, offset } from '#runtime/units'

const NOW = epochMs(1_790_971_201_000)
const quote = quoteOf({ symbol: 'AAPL', price: 333.69, timestamp: NOW })

describe('a quote', () => {
  test('with nothing but the required fields is what the Python producer sends', () => {
    expect(encodeQuote(quote)).toBe(`{"symbol":"AAPL","price":333.69,"timestamp":${NOW}}`)
  })

  test('has its extra fields behind its own', () => {
    const extra = { delayedBy: 15 }
    expect(encodeQuote({ ...quote, size: 3, extra })).toBe(
      `{"symbol":"AAPL","price":333.69,"timestamp":${NOW},"size":3,"delayedBy":15}`,
    )
  })
})

test('any quote is the JSON that JSON.stringify makes of its known fields', () => {
  const number = fc.option(fc.oneof(fc.nat(), fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })))
  const text = fc.option(fc.oneof(fc.string(), fc.string({ unit: 'binary' })))
  const kinds = { id: text, currency: text, exchange: text, marketState: text, source: text }
  const fields = fc.record({
    ...Object.fromEntries(OPTIONAL_FIELDS.map((name) => [name, name in kinds ? text : number])),
    symbol: fc.string(),
    price: fc.double({ min: 1e-9, noNaN: true, noDefaultInfinity: true }),
    timestamp: fc.nat({ max: NOW }).map(epochMs),
    extra: fc.option(
      fc.dictionary(
        fc.string().map((name) => `x${name}`),
        fc.jsonValue(),
      ),
    ),
  })
  fc.assert(
    fc.property(fields, (given) => {
      const { extra, ...known } = quoteOf(given as Quote)
      const ordered = ['symbol', 'price', 'timestamp', ...OPTIONAL_FIELDS] as const
      const present = ordered.filter((name) => known[name] !== null).map((name) => [name, known[name]])
      expect(encodeQuote({ ...known, extra })).toBe(JSON.stringify({ ...Object.fromEntries(present), ...extra }))
    }),
    { numRuns: 1_000 },
  )
})

test('a late quote is the quote with how late it was and where it stood', () => {
  const late = { quote, lateBy: 5, originPartition: 2, originOffset: offset(7), ingestTime: NOW, processingTime: NOW }
  expect(JSON.parse(encodeLateQuote(late))).toEqual({
    symbol: 'AAPL',
    price: 333.69,
    timestamp: NOW,
    late: { lateBy: 5, originPartition: 2, originOffset: 7, ingestTime: NOW, processingTime: NOW },
  })
})

test('a dead letter carries the bytes of its record, whatever they are', () => {
  const letter = {
    reason: 'not_utf8',
    detail: 'd',
    topic: 'stock-prices',
    partition: 0,
    offset: offset(1),
    ingestTime: NOW,
    key: null,
    value: new Uint8Array([0xff, 0x00]),
    headers: { trace: new Uint8Array([1]) },
    attempt: 1,
    processingTime: NOW,
  } as const
  const { key, value, headers, ...facts } = JSON.parse(encodeDeadLetter(letter))
  expect([key, value, headers]).toEqual([null, '/wA=', [['trace', 'AQ==']]])
  expect(facts).toMatchObject({ reason: 'not_utf8', offset: 1, attempt: 1 })
})

test('bars and alerts are JSON of their fields', () => {
  expect(JSON.parse(encodeBar({ symbol: 'A', count: 2 } as never))).toEqual({ symbol: 'A', count: 2 })
  expect(JSON.parse(encodeAlert({ id: 'x', level: 1 } as never))).toEqual({ id: 'x', level: 1 })
})

test('all topics are stamped on arrival, and dead letters may be larger than the records they hold', () => {
  const specs = topicSpecs(3)
  expect(specs.map((spec) => spec.topic)).toEqual([...TOPICS])
  for (const { topic, partitions, config } of specs) {
    expect(partitions).toBe(3)
    expect(config['message.timestamp.type']).toBe('LogAppendTime')
    expect(Number(config['max.message.bytes'] ?? 1_048_588)).toBeGreaterThan(
      topic === DEAD_LETTERS_TOPIC ? 1_500_000 : 0,
    )
  }
})
