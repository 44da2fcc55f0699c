// Results in each format.

import { describe, expect, test } from 'vitest'
import { type FormatName, resultFormat } from '#lake-sql/format/format'
import { type TableOptions, TERMINAL_ROWS_MAX } from '#lake-sql/format/table'
import type { ResultColumn, ResultRow } from '#lake-sql/result'

const column = (name: string, kind: ResultColumn['kind'], type = 'VARCHAR'): ResultColumn => ({ name, kind, type })
const COLUMNS = [column('symbol', 'text'), column('price', 'number', 'DOUBLE'), column('tags', 'json', 'VARCHAR[]')]
const ROWS: readonly ResultRow[] = [
  ['AAPL', '277.06', '["a"]'],
  ['a|"b",\u001b[31m', '9007199254740993', null],
  ['', 'NaN', '[]'],
]

function formatted(
  name: FormatName,
  parts: { columns?: readonly ResultColumn[]; rows?: readonly ResultRow[]; options?: TableOptions },
): string {
  const { columns = COLUMNS, rows = ROWS, options = { width: undefined } } = parts
  const format = resultFormat(name, options)
  const body = [format.begin(columns), ...rows.map((row) => format.rows([row]))].join('')
  return body + format.end({ rowCount: rows.length, elapsedMs: 34 })
}

describe('table', () => {
  test('aligns, shows NULL, and spells control characters out', () => {
    expect(formatted('table', {})).toBe(
      [
        ' symbol         |            price | tags',
        '----------------+------------------+-------',
        ' AAPL           |           277.06 | ["a"]',
        ' a|"b",\\x1b[31m | 9007199254740993 | NULL',
        '                |              NaN | []',
        '(3 rows, 34 ms)',
        '',
      ].join('\n'),
    )
  })

  test('an empty result has a header', () => {
    expect(formatted('table', { rows: [] })).toBe(' symbol | price | tags\n--------+-------+------\n(0 rows, 34 ms)\n')
  })

  test('on a terminal the widest texts are cut to fit, numbers and times never', () => {
    const columns = [column('text', 'text'), column('n', 'number'), column('at', 'text', 'TIMESTAMP WITH TIME ZONE')]
    const rows = [['x'.repeat(100), '12345678', '2026-11-21T15:30:00Z']]
    const lines = formatted('table', { columns, rows, options: { width: 60 } }).split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60)
    expect(lines[2]).toMatch(/^ x+… \| 12345678 \| 2026-11-21T15:30:00Z$/)
  })

  test('a row that cannot fit stands upright', () => {
    const columns = Array.from({ length: 10 }, (_, i) => column(`column${i}`, 'number'))
    const rows = [columns.map((_, i) => `${i}`.repeat(12))]
    const lines = formatted('table', { columns, rows, options: { width: 60 } }).split('\n')
    expect(lines.slice(0, 3)).toEqual(['-[ 1 ]---+--', ' column0 | 000000000000', ' column1 | 111111111111'])
  })

  test('only a terminal limits the rows, and what was cut is said', () => {
    expect(resultFormat('table', { width: undefined }).rowsMax).toBe(Number.POSITIVE_INFINITY)
    const format = resultFormat('table', { width: 80 })
    expect(format.rowsMax).toBe(TERMINAL_ROWS_MAX)
    const text = format.begin(COLUMNS) + format.rows([...ROWS]) + format.end({ rowCount: 500, elapsedMs: 1 })
    expect(text).toContain('(500 rows, the first 3 shown; --format csv gives all, 1 ms)')
  })
})

test('json keeps all digits, nests, and has no control characters', () => {
  const text = formatted('json', {})
  expect(text).toContain('"price":9007199254740993')
  expect(JSON.parse(text)).toEqual([
    { symbol: 'AAPL', price: 277.06, tags: ['a'] },
    { symbol: 'a|"b",\u001b[31m', price: 9007199254740992, tags: null },
    { symbol: '', price: 'NaN', tags: [] },
  ])
  expect(JSON.parse(formatted('json', { rows: [] }))).toEqual([])
  expect(formatted('json', { columns: [column('\u009b', 'text')], rows: [['\u007f']] })).toContain(
    '{"\\u009b":"\\u007f"}',
  )
})

test('json gives columns of one name members of their own', () => {
  const columns = [column('a', 'number'), column('a', 'number'), column('a_1', 'number')]
  expect(JSON.parse(formatted('json', { columns, rows: [['1', '2', '3']] }))).toEqual([{ a: 1, a_1: 2, a_1_1: 3 }])
})

test('csv tells NULL from an empty text', () => {
  const rows = [...ROWS, ['two\nlines', null, null]]
  const lines = ['symbol,price,tags', 'AAPL,277.06,"[""a""]"', '"a|""b"",\u001b[31m",9007199254740993,']
  expect(formatted('csv', { rows })).toBe([...lines, '"",NaN,[]', '"two\nlines",,', ''].join('\r\n'))
})

test('markdown escapes what is its own', () => {
  expect(formatted('markdown', {})).toBe(
    [
      '| symbol | price | tags |',
      '| --- | ---: | --- |',
      '| AAPL | 277.06 | \\["a"\\] |',
      '| a\\|"b",\\x1b\\[31m | 9007199254740993 | NULL |',
      '|  | NaN | \\[\\] |',
      '',
    ].join('\n'),
  )
})
