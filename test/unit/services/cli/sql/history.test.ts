// The statements of earlier prompts.

import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HISTORY_STATEMENTS_MAX, openHistory } from '#services/cli/sql/history'
import { temporaryFolder } from '#support/temporary_folder'

const newFile = () => join(temporaryFolder(), 'sql_history')

test('outlive the prompt, newest first, in a file for its owner alone', () => {
  const file = newFile()
  const history = openHistory(file)
  for (const statement of ['SELECT 1;', 'SELECT 2;', 'SELECT 2;']) history.add(statement)
  expect(openHistory(file).statements).toEqual(['SELECT 2;', 'SELECT 1;'])
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('stand on one line each', () => {
  const file = newFile()
  const history = openHistory(file)
  expect(history.add('SELECT 1,\n  2\nFROM t;')).toBe(true)
  expect(history.add('SELECT 1 -- one\n;')).toBe(false)
  expect(history.add(' ')).toBe(false)
  expect(readFileSync(file, 'utf8')).toBe('SELECT 1, 2 FROM t;\n')
})

test('are not kept when they may hold a secret, or begin with a blank', () => {
  const file = newFile()
  const history = openHistory(file)
  const secrets = ["CREATE SECRET (KEY_ID 'a');", "SELECT 'Password';", ' SELECT 1;', "SELECT 'api_key=1';"]
  for (const statement of secrets) history.add(statement)
  history.add('SELECT 2;')
  expect(history.statements).toHaveLength(5)
  expect(readFileSync(file, 'utf8')).toBe('SELECT 2;\n')
})

test('are bounded, in memory and in the file', () => {
  const file = newFile()
  const lines = Array.from({ length: 2 * HISTORY_STATEMENTS_MAX + 1 }, (_, i) => `SELECT ${i};`)
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''))
  const history = openHistory(file)
  history.add('SELECT now();')
  expect(history.statements).toHaveLength(HISTORY_STATEMENTS_MAX)
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(HISTORY_STATEMENTS_MAX + 2)
  expect(openHistory(file).statements.slice(0, 2)).toEqual(['SELECT now();', 'SELECT 2000;'])
})

test('are done without where no file can be', () => {
  for (const path of [undefined, '/proc/nope/sql_history', temporaryFolder()]) {
    const history = openHistory(path)
    history.add('SELECT 1;')
    expect(history.statements).toEqual(['SELECT 1;'])
  }
})
