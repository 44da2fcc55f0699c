// What a user is told of a wrong setting: every one of them, with values of many kinds.

import { describe, expect, test } from 'vitest'
import { readAllSettings } from '#runtime/settings'
import { ALL_SETTINGS } from '#support/all_commands'

const WRONG = [
  '\u0001nonsense ',
  '-1',
  '1.5',
  '99999999999999999',
  'ftp://me:hunter2@x',
  '://',
  '{}',
  'true',
  ',',
  'x.example/?sig=hunter2',
]
const names = [...new Set(ALL_SETTINGS.flatMap(({ shape }) => Object.keys(shape)))]

function faultsOf(name: string, value: string): readonly string[] {
  try {
    readAllSettings({ [name]: value }, ALL_SETTINGS)
    return []
  } catch (error) {
    return (error as Error).message.replace(/^wrong settings?:\s+/, '').split('\n  ')
  }
}

describe('a wrong value is told in a sentence of our own, with its name, of', () => {
  test.each(names)('%s', (name) => {
    for (const fault of WRONG.flatMap((value) => faultsOf(name, value))) {
      expect(fault).toContain(name)
      expect(fault).not.toMatch(
        /invalid (input|option|string|url)|received|zod|something else|undefined|\bNaN\b|hunter2/i,
      )
    }
  })
})

/** They take any text: whether it is of use is found out where it is used. */
const ANY_TEXT = [
  'DATA_DIR',
  'KAFKA_SASL_USERNAME',
  'KAFKA_SASL_PASSWORD',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AZURE_STORAGE_KEY',
  'AZURE_STORAGE_SAS_TOKEN',
  'AZURE_CLIENT_SECRET',
]
const PLACES = ['AWS_REGION', 'AZURE_FEDERATED_TOKEN_FILE', 'REPLAY_FILE', 'SQL_CACHE_DIR', 'SQL_HISTORY_FILE']

test('all others refuse some of it', () => {
  const taking = names.filter((name) => WRONG.every((value) => faultsOf(name, value).length === 0))
  expect(taking.sort()).toEqual([...ANY_TEXT, ...PLACES].sort())
})
