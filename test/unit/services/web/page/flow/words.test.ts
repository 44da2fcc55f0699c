import { expect, test } from 'vitest'
import {
  agoText,
  bytesText,
  lagStatus,
  lagText,
  rateText,
  sourceText,
} from '../../../../../../services/web/page/flow/words.ts'

test('a reader keeps up, is behind, or cannot be told', () => {
  const word = (lagRecords: number | null, lagSeconds: number | null) => lagStatus({ lagRecords, lagSeconds }).text
  expect(word(0, 0)).toBe('Keeps up')
  expect(word(900, 6)).toBe('Keeps up')
  expect(word(900, 16)).toBe('Behind')
  expect(word(900, 121)).toBe('Far behind')
  expect(word(null, null)).toBe('Unavailable')
})

test('a reader whose oldest waiting record has no known age yet is not called behind', () => {
  expect(lagStatus({ lagRecords: 900, lagSeconds: null })).toEqual({ tone: 'quiet', text: 'Measuring' })
})

test('numbers are short, with their units', () => {
  expect([0, 0.04, 3.21, 52.3, 12_345].map(rateText)).toEqual(['0/s', '0.1/s', '3.2/s', '52/s', '12.3k/s'])
  expect([0, 999, 1_000, 48_211, 99_400, 123_456, 5e9, 7e12].map(bytesText)).toEqual([
    '0 B',
    '999 B',
    '1.0 KB',
    '48.2 KB',
    '99.4 KB',
    '123 KB',
    '5.0 GB',
    '7.0 TB',
  ])
  expect([0, 4.2, 300].map(lagText)).toEqual(['0 s', '4 s', '5 min'])
  expect([rateText(null), bytesText(null), lagText(null), agoText(null, 5)]).toEqual(['–', '–', '–', '–'])
})

test('an age is never negative', () => {
  expect(agoText(10_000, 5_000)).toBe('now')
  expect(agoText(0, 65_000)).toBe('1m ago')
})

test('a source has a name, or says that there is none', () => {
  expect(['simulator', 'yahoo', 'mine', null].map(sourceText)).toEqual([
    'Simulated market',
    'Yahoo Finance',
    'mine',
    'No source yet',
  ])
})
