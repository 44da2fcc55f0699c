import { describe, expect, test } from 'vitest'
import type { LogRecord } from '#log/event_log'
import { type DeadLetter, encodeDeadLetter } from '#market/dead_letter'
import { encodeLateQuote } from '#market/late_quote'
import { quoteOf } from '#market/quote'
import { encodeRedriveMark } from '#market/redrive_mark'
import { DEAD_LETTERS_TOPIC, LATE_TOPIC, PRICES_TOPIC } from '#market/topics'
import { DAY_MS, type EpochMs, type Offset, offset } from '#runtime/units'
import { dayOf, RefusedToday } from '#services/web/refused/refused_today'
import { SOME_LETTER } from '#support/dead_letters'

const noon = Date.UTC(2026, 10, 21, 12) as EpochMs
const tomorrow = (noon + DAY_MS) as EpochMs

function record(at: number, value: string | null): LogRecord {
  const bytes = value === null ? null : Buffer.from(value)
  return { offset: offset(at), timestamp: tomorrow, key: null, value: bytes, headers: null }
}

const letters = { topic: DEAD_LETTERS_TOPIC, partition: 0 }
const lates = { topic: LATE_TOPIC, partition: 0 }

function letter(facts: Partial<DeadLetter> = {}): string {
  return encodeDeadLetter({ ...SOME_LETTER, ingestTime: noon, ...facts })
}

function late(symbol: string, lateBy: number): string {
  const quote = quoteOf({ symbol, price: 5, timestamp: (noon - lateBy) as EpochMs })
  const facts = { originPartition: 0, originOffset: 1 as Offset, ingestTime: noon, processingTime: noon }
  return encodeLateQuote({ quote, lateBy, ...facts })
}

describe('dead letters', () => {
  test('are counted by reason, the most frequent first, each with its newest one', () => {
    const refused = new RefusedToday()
    refused.take(letters, record(0, letter({ reason: 'not_utf8' })))
    refused.take(letters, record(1, letter({ detail: 'the first' })))
    refused.take(letters, record(2, letter({ detail: 'the second', value: Buffer.from('<b>{') })))
    const { count, reasons } = refused.deadLetters(noon)
    expect(count).toBe(3)
    expect(reasons.map(({ reason, count }) => [reason, count])).toEqual([
      ['not_json', 2],
      ['not_utf8', 1],
    ])
    expect(reasons[0]?.example).toEqual({
      detail: 'the second',
      value: '<b>{',
      ingestTime: noon,
      topic: PRICES_TOPIC,
      partition: 5,
      offset: 9,
    })
  })

  test('are neither the marks of redrives nor what nobody of us wrote', () => {
    const refused = new RefusedToday()
    for (const [i, value] of [encodeRedriveMark({ redrive: 'r', letters: [[0, 1]] }), 'x', null, '{}'].entries())
      refused.take(letters, record(i, value))
    expect(refused.deadLetters(noon)).toEqual({ count: 0, reasons: [] })
  })
})

describe('late quotes', () => {
  test('are counted with the newest one', () => {
    const refused = new RefusedToday()
    refused.take(lates, record(0, late('AAPL', 100)))
    refused.take(lates, record(1, late('TSLA', 200)))
    const example = { symbol: 'TSLA', price: 5, eventTime: noon - 200, lateByMs: 200 }
    expect(refused.lateQuotes(noon)).toEqual({ count: 2, example })
  })

  test('that nobody of us wrote do not count', () => {
    const refused = new RefusedToday()
    for (const [i, value] of ['', '1', 'null', '{"symbol":"A"}', null].entries()) refused.take(lates, record(i, value))
    expect(refused.lateQuotes(noon)).toEqual({ count: 0, example: null })
  })
})

test('other topics are none of its business', () => {
  const refused = new RefusedToday()
  refused.take({ topic: PRICES_TOPIC, partition: 0 }, record(0, letter()))
  expect([refused.deadLetters(noon).count, refused.lateQuotes(noon).count]).toEqual([0, 0])
})

test('a record that comes again counts once', () => {
  const refused = new RefusedToday()
  for (const at of [0, 1, 0, 1, 2]) refused.take(letters, record(at, letter()))
  expect(refused.deadLetters(noon).count).toBe(3)
})

test('what the tables hold counts once, whatever is read of it again', () => {
  const refused = new RefusedToday()
  const example = { detail: '', value: null, ingestTime: noon, topic: 'p', partition: 0, offset: 0 }
  refused.seed({
    day: dayOf(noon),
    lateQuotes: { count: 7, example: null },
    deadLetters: [{ reason: 'not_json', count: 10, example }],
    next: new Map([
      [`${DEAD_LETTERS_TOPIC}/0`, offset(10)],
      [`${LATE_TOPIC}/0`, offset(7)],
    ]),
  })
  for (let at = 8; at < 12; at++) refused.take(letters, record(at, letter()))
  refused.take(lates, record(7, late('AAPL', 1)))
  expect([refused.deadLetters(noon).count, refused.lateQuotes(noon).count]).toEqual([12, 8])
})

test('a new day begins with nothing, by the records or by the clock', () => {
  const refused = new RefusedToday()
  refused.take(letters, record(0, letter()))
  refused.take(letters, record(1, letter({ ingestTime: tomorrow })))
  expect(refused.deadLetters(tomorrow).count).toBe(1)
  refused.take(letters, record(2, letter()))
  expect(refused.deadLetters(tomorrow).count).toBe(1)
  expect(refused.deadLetters((tomorrow + DAY_MS) as EpochMs)).toEqual({ count: 0, reasons: [] })
})

test('reading begins where the tables end, and anew in a topic that was made anew', () => {
  const refused = new RefusedToday()
  refused.seed({
    day: dayOf(noon),
    lateQuotes: { count: 0, example: null },
    deadLetters: [],
    next: new Map([[`${DEAD_LETTERS_TOPIC}/0`, offset(10)]]),
  })
  expect(refused.startOf(letters)).toBe(10)
  expect(refused.startOf({ ...letters, end: offset(10) })).toBe(10)
  expect(refused.startOf({ ...letters, partition: 1 })).toBe(0)
  expect(refused.startOf({ ...letters, end: offset(3) })).toBe(0)
  refused.take(letters, record(0, letter()))
  expect(refused.deadLetters(noon).count).toBe(1)
})
