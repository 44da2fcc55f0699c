// Which name was meant.

import { describe, expect, test } from 'vitest'
import { adviceFor, nearestName, withOwnSuggestion } from '#lake-sql/suggestion'

const NAMES = ['stocks', 'bars_1m', 'alerts', 'late_quotes', 'dead_letters', 'bars', 'bars_5m', 'latest_quotes']

test.each([
  ['stokcs', 'stocks'],
  ['STOCK', 'stocks'],
  ['bar', 'bars'],
  ['bars5m', 'bars_5m'],
  ['latest_quote', 'latest_quotes'],
  ['letters', 'dead_letters'],
  ['enum', undefined],
  ['x', undefined],
  ['', undefined],
  ['stocks'.repeat(1000), undefined],
])('%s was meant to be %s', (name, nearest) => {
  expect(nearestName(name, NAMES)).toBe(nearest)
})

describe('the message about an unknown table', () => {
  test('suggests one of ours in place of a system table', () => {
    const message = 'Catalog Error: Table with name stokcs does not exist! Did you mean "pg_enum"? (line 1)'
    expect(withOwnSuggestion(message, NAMES)).toBe(
      'there is no table or view "stokcs"; did you mean "stocks"? (line 1)',
    )
  })

  test('lists what there is when nothing is near', () => {
    const message = 'Catalog Error: Table with name zzz does not exist! (line 2)'
    expect(withOwnSuggestion(message, ['a', 'b'])).toBe('there is no table or view "zzz"; there are: a, b (line 2)')
    expect(withOwnSuggestion(message, [])).toBe('there is no table or view "zzz"; there are no tables (line 2)')
    expect(
      adviceFor(
        'zzz',
        Array.from({ length: 30 }, (_, i) => `table${i}`),
      ),
    ).toMatch(/table19, \.\.\.$/)
  })

  test('leaves other messages alone', () => {
    const message = 'Binder Error: Referenced column "symbl" not found in FROM clause! Candidate bindings: "symbol"'
    expect(withOwnSuggestion(message, NAMES)).toBe(message)
  })
})
