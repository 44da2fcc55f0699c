import { expect, test } from 'vitest'
import { virtualClock } from '#runtime/clock'
import { sentLine, sentLines } from '#services/producer/sent_lines'
import type { SourceRecord } from '#services/producer/sources/quote_source'

const record = (fields: Partial<SourceRecord> = {}): SourceRecord => ({
  topic: 'stock-prices',
  key: 'AAPL',
  value: '{}',
  price: 277.06,
  currency: 'USD',
  ...fields,
})

test.each([
  [{}, 'Sent: AAPL - $277.06'],
  [{ price: 277 }, 'Sent: AAPL - $277.00'],
  [{ key: 'VOD.L', price: 89.4, currency: 'GBp' }, 'Sent: VOD.L - GBp 89.40'],
  [{ currency: null }, 'Sent: AAPL - 277.06'],
  [{ key: 'SHIB-USD', price: 0.0000123456 }, 'Sent: SHIB-USD - $0.00001235'],
  [{ currency: '\u001b[2J' }, 'Sent: AAPL - 277.06'],
  [{ key: null, price: null, value: 'oops' }, 'Sent: 4 bytes that are not a quote'],
])('a console line of %j reads %s', (fields, line) => {
  expect(sentLine(record(fields))).toBe(line)
})

test('many at once are one line that counts them', () => {
  const printed: string[] = []
  sentLines(virtualClock(0), (line) => void printed.push(line)).add(Array.from({ length: 1_234 }, () => record()))
  expect(printed).toEqual(['Sent 1,234 quotes'])
})
