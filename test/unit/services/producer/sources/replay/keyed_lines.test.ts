// Lines that are handed through have the keys, values and timestamps that JSON.parse finds in them, line by line.

import { describe, expect, test } from 'vitest'
import { ABSENT } from '#log/event_log'
import { SymbolFinder } from '#market/decoding/symbol_finder'
import { LINE_BYTES_MAX } from '#services/producer/limits'
import { KeyedLines } from '#services/producer/sources/replay/keyed_lines'
import { LineSplitter } from '#services/producer/sources/replay/line_splitter'
import { readLine } from '#services/producer/sources/replay/replayed_line'
import { fuzzValue } from '#support/quote_fuzz/values'
import { randomOf } from '#support/simulation/world/random'

const LINES = 20_000

/** Reads lines and compares each with what JSON.parse makes of it. */
function expectAsParsed(lines: readonly Buffer[], read: 'readKey' | 'readKeyAndTimestamp') {
  const text = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]))
  const split = new LineSplitter(() => {}).push(text)
  expect(split.count).toBe(lines.length)
  const keyed = new KeyedLines(split, new SymbolFinder())
  const timestamps = lines.map((_, row) => keyed[read](row))
  const records = keyed.records(0, lines.length)
  const { bytes, keyStarts, keyEnds, valueStarts, valueEnds } = records
  for (const [row, line] of lines.entries()) {
    const expected = readLine(line)
    const key = keyStarts[row] === ABSENT ? null : Buffer.from(bytes.subarray(keyStarts[row], keyEnds[row])).toString()
    expect(key, String(line)).toBe(expected.key)
    expect(line.equals(bytes.subarray(valueStarts[row], valueEnds[row]))).toBe(true)
    if (read === 'readKeyAndTimestamp') expect(timestamps[row], String(line)).toEqual(expected.timestamp)
  }
  expect([...records]).toHaveLength(lines.length)
}

describe('replayed lines', () => {
  test.each(['readKey', 'readKeyAndTimestamp'] as const)(
    `${LINES} of every kind, by %s`,
    { timeout: 120_000 },
    (read) => {
      const random = randomOf(3, 'lines')
      const values = Array.from({ length: LINES }, () => Buffer.from(fuzzValue(random)))
      const isOneLine = (value: Buffer) =>
        value.length > 0 && !/[\r\n]|^\u00ef\u00bb\u00bf/.test(value.toString('latin1'))
      expectAsParsed(
        values.filter(isOneLine).map((value) => value.subarray(0, LINE_BYTES_MAX)),
        read,
      )
    },
  )

  test('have their key also when they spell it with escapes', () => {
    const spelled = Array.from({ length: 50 }, (_, i) => Buffer.from(`{"symbol":"\\u0041${i}","timestamp":${i}}`))
    expectAsParsed([Buffer.from('{"symbol":"B"}'), ...spelled, Buffer.from('{"symbol":"C"}')], 'readKeyAndTimestamp')
  })

  test('are taken in part, too', () => {
    const split = new LineSplitter(() => {}).push(Buffer.from('{"symbol":"A"}\n{"symbol":"B"}\nnothing\n'))
    const keyed = new KeyedLines(split, new SymbolFinder())
    for (let row = 0; row < 3; row++) keyed.readKey(row)
    expect(Array.from(keyed.records(1, 3), ({ key, value }) => [key, String(value)])).toEqual([
      ['B', '{"symbol":"B"}'],
      [null, 'nothing'],
    ])
  })
})
