// Statements and commands in their order.

import { expect, test } from 'vitest'
import { readScript } from '#services/cli/sql/script'

const texts = (script: string) => readScript(script).map((step) => (step.kind === 'statements' ? step.text : 'command'))

test('statements between two commands stay together', () => {
  expect(texts('SELECT 1;\nSELECT 2;\n.tables\n\\d stocks\nSELECT 3')).toEqual([
    'SELECT 1;\nSELECT 2;\n',
    'command',
    'command',
    'SELECT 3',
  ])
})

test('a line is a command only where a statement could begin', () => {
  const inside = ["SELECT '\n.tables\n'", 'SELECT x\n.upper()\nFROM t', '/*\n.tables\n*/ SELECT 1', 'SELECT\n.5']
  for (const script of inside) expect(texts(script)).toEqual([script])
  expect(texts('-- what there is\n.tables')).toEqual(['command'])
})

test('blanks, comments and semicolons are nothing', () => {
  for (const script of ['', ' \n', ';;', '-- nothing\n', '/* nothing */ ;']) expect(texts(script)).toEqual([])
})

test.each([
  ['.nothing', 'there is no command .nothing; .help lists what there is'],
  ['.mode xml', '.mode takes table, json, ndjson, csv, markdown, not "xml"'],
  ['.timer maybe', '.timer takes on, off, not "maybe"'],
  ['.tables all', '.tables takes nothing, not "all"'],
  ['\\d stocks bars', '\\d takes TABLE, not "stocks bars"'],
])('%s is refused before anything runs', (line, message) => {
  expect(() => readScript(`SELECT 1;\n${line}\n`)).toThrow(message)
})
