// Results in each format.

import { describe, expect, test } from 'vitest'
import { type TableOptions, TERMINAL_ROWS_MAX } from '#lake-sql/format/table'
import { type FormatName, resultFormat } from '#lake-sql/formats'
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

test('json shows no mark that turns text around, nested or not', () => {
  const columns = [column('a\u202e', 'text'), column('b', 'json')]
  const text = formatted('json', { columns, rows: [['\u2066x', '["\u202e\u009b"]']] })
  expect(text).toBe('[\n{"a\\u202e":"\\u2066x","b":["\\u202e\\u009b"]}\n]\n')
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

test('csv spells control characters out for a terminal alone', () => {
  const rows = [['\u202ea\nb', '1', '["\u001b"]']]
  expect(formatted('csv', { rows, options: { width: 80 } })).toBe(
    ['symbol,price,tags', '"\\u202ea\nb",1,"[""\\x1b""]"', ''].join('\r\n'),
  )
  expect(formatted('csv', { rows })).toContain('"\u202ea\nb"')
})

describe('a plan', () => {
  const columns = [column('explain_key', 'text'), column('explain_value', 'plan')]
  const plan = '┌───┐\n│ ` │\n└───┘\n'
  const rows = [['physical_plan', plan]]

  test('is printed as the picture that it is', () => {
    expect(formatted('table', { columns, rows })).toBe(plan)
    expect(formatted('table', { columns, rows, options: { width: 3 } })).toBe(plan)
    expect(formatted('table', { columns, rows: [['k', 'a\u001b[2J\nb\n']] })).toBe('a\\x1b[2J\nb\n')
  })

  test('is a block of code in markdown, and one value in csv and json', () => {
    expect(formatted('markdown', { columns, rows })).toBe(`\`\`\`text\n${plan}\`\`\`\n`)
    expect(formatted('markdown', { columns, rows: [['k', '```']] })).toBe('````text\n```\n````\n')
    expect(formatted('csv', { columns, rows })).toBe(`explain_key,explain_value\r\nphysical_plan,"${plan}"\r\n`)
    expect(JSON.parse(formatted('json', { columns, rows }))).toEqual([
      { explain_key: 'physical_plan', explain_value: plan },
    ])
  })
})

test.each([
  ['~~gone~~', '\\~\\~gone\\~\\~'],
  ['&amp; &#60;', '\\&amp; \\&\\#60;'],
  ['<b>*x*_y_</b>', '\\<b\\>\\*x\\*\\_y\\_\\</b\\>'],
  ['`a`|b', '\\`a\\`\\|b'],
  ['![a](b)', '!\\[a\\](b)'],
  ['$277.06', '\\$277.06'],
  ['a\\b\\|', 'a\\\\b\\\\\\|'],
  ['two\nlines', 'two\\nlines'],
  ['\u202ex', '\\u202ex'],
  ['http://a.b, HTTPS://c', 'http\\://a.b, HTTPS\\://c'],
  ['WWW.a.b 15:30:00', 'WWW\\.a.b 15:30:00'],
])('markdown shows %j as it is', (given, written) => {
  const text = formatted('markdown', { columns: [column('a', 'text')], rows: [[given]] })
  expect(text.split('\n')[2]).toBe(`| ${written} |`)
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
