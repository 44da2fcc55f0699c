// What Tab offers.

import { describe, expect, test } from 'vitest'
import { complete } from '#services/cli/sql/completion'

const NAMES = {
  relations: ['stocks', 'bars', 'bars_1m', 'alerts'],
  columns: async () =>
    new Map([
      ['stocks', ['symbol', 'price', 'size']],
      ['bars', ['symbol', 'open', 'window_start']],
      ['alerts', ['rule', 'per cent']],
    ]),
}

const offered = async (line: string, before = '') => (await complete(line, before, NAMES))[0]

describe('tables and views', () => {
  test.each([
    ['SELECT * FROM st', ['stocks']],
    ['SELECT * FROM BA', ['bars', 'bars_1m']],
    ['SELECT * FROM ', NAMES.relations],
    ['SELECT * FROM stocks, al', ['alerts']],
    ['SELECT * FROM stocks JOIN b', ['bars', 'bars_1m']],
    ['\\d al', ['alerts']],
  ])('%s', async (line, offers) => {
    expect(await offered(line)).toEqual(offers)
  })
})

describe('columns', () => {
  test('of the tables that the statement names, on the lines above too', async () => {
    expect(await offered('SELECT s.symbol FROM stocks s WHERE p')).toEqual(['price', 'partition', 'pivot'])
    expect(await offered('WHERE s', 'SELECT * FROM bars\n')).toEqual([
      'symbol',
      'stocks',
      'select',
      'summarize',
      'show',
      'sample',
      'sum',
    ])
  })

  test('of all tables while none is named, each once, quoted where it must be', async () => {
    expect((await offered('SELECT sy')).filter((name) => name === 'symbol')).toEqual(['symbol'])
    expect(await offered('SELECT a FROM alerts a WHERE a.')).toEqual(['rule', '"per cent"'])
  })
})

test('keywords come in the case of what was typed', async () => {
  expect(await offered('SEL')).toEqual(['SELECT'])
  expect(await offered('sel')).toEqual(['select'])
})

test('commands and their arguments', async () => {
  expect(await offered('.ti')).toEqual(['.timer'])
  expect(await offered('.timer o')).toEqual(['on', 'off'])
  expect(await offered('.mode ')).toEqual(['table', 'json', 'ndjson', 'csv', 'markdown'])
  expect(await offered('.tables x')).toEqual([])
})

test('nothing within a text, or where nothing was begun', async () => {
  expect(await offered("SELECT 'st")).toEqual([])
  expect(await offered('')).toEqual([])
  expect(await offered('SELECT ')).toEqual([])
})
