import { describe, expect, test } from 'vitest'
import { virtualClock } from '#runtime/clock'
import { LINES_PER_SECOND_MAX } from '#services/producer/limits'
import { sentLine, sentLines } from '#services/producer/sent_lines'
import type { SourceRecord } from '#services/producer/sources/source'

const record = (fields: Partial<SourceRecord> = {}): SourceRecord => ({
  topic: 'stock-prices',
  key: 'AAPL',
  value: '{}',
  price: 277.06,
  currency: 'USD',
  ...fields,
})
const records = (count: number) => Array.from({ length: count }, () => record())

describe('a console line', () => {
  test.each([
    [{}, 'Sent: AAPL - $277.06'],
    [{ price: 277 }, 'Sent: AAPL - $277.00'],
    [{ key: 'VOD.L', price: 89.4, currency: 'GBp' }, 'Sent: VOD.L - GBp 89.40'],
    [{ currency: null }, 'Sent: AAPL - 277.06'],
    [{ key: 'SHIB-USD', price: 0.0000123456 }, 'Sent: SHIB-USD - $0.00001235'],
    [{ currency: '\u001b[2J' }, 'Sent: AAPL - 277.06'],
    [{ key: null, price: null, value: 'oops' }, 'Sent: 4 bytes that are not a quote'],
  ])('%j reads %s', (fields, line) => {
    expect(sentLine(record(fields))).toBe(line)
  })
})

describe('the console', () => {
  const open = () => {
    const clock = virtualClock(0)
    const printed: string[] = []
    return { clock, printed, lines: sentLines(clock, (line) => void printed.push(line)) }
  }

  test('has a line a quote at demo rates', async () => {
    const { clock, printed, lines } = open()
    for (let second = 0; second < 5; second++) {
      lines.add(records(LINES_PER_SECOND_MAX))
      await clock.advance(1000)
    }
    lines.end()
    expect(printed).toEqual(Array.from({ length: 5 * LINES_PER_SECOND_MAX }, () => 'Sent: AAPL - $277.06'))
  })

  test('has a counter line a second at high rates, and loses no quote in counting', async () => {
    const { clock, printed, lines } = open()
    for (let tenth = 0; tenth < 25; tenth++) {
      lines.add(records(1000))
      await clock.advance(100)
    }
    lines.end()
    expect(printed).toEqual([
      'Sent 1,000 quotes',
      'Sent 10,000 quotes (10,000/s)',
      'Sent 10,000 quotes (10,000/s)',
      'Sent 4,000 quotes (4,000/s)',
    ])
  })

  test('counts a large batch at once, though nothing follows it', () => {
    const { printed, lines } = open()
    lines.add(records(LINES_PER_SECOND_MAX + 1))
    expect(printed).toEqual([`Sent ${LINES_PER_SECOND_MAX + 1} quotes`])
  })

  test('goes back to a line a quote when the rate falls', async () => {
    const { clock, printed, lines } = open()
    lines.add(records(600))
    await clock.advance(1000)
    lines.add(records(1))
    expect(printed).toEqual(['Sent 600 quotes', 'Sent: AAPL - $277.06'])
  })
})
