// The file of views, as it is read.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseViews } from '#lake/views'

test('a view has a name, a comment on one line, and a query', () => {
  const comments = '-- The file.\n\n-- All of them,\n-- newest first.\n'
  const text = `${comments}CREATE VIEW a AS\nSELECT 1;\nCREATE OR REPLACE VIEW b AS FROM a;`
  expect(parseViews(text)).toEqual([
    { name: 'a', comment: 'All of them, newest first.', query: 'SELECT 1' },
    { name: 'b', comment: '', query: 'FROM a' },
  ])
})

test('anything but a view is a bug of the file', () => {
  expect(() => parseViews('DROP TABLE a;')).toThrow(/not a CREATE VIEW/)
})

test('every view of sql/views.sql says what it is', () => {
  const views = parseViews(readFileSync(new URL('../../../../sql/views.sql', import.meta.url), 'utf8'))
  expect(views.map((view) => view.name)).toEqual([
    'bars',
    'bar_revisions',
    'latest_quotes',
    'bars_5m',
    'bars_15m',
    'bars_1h',
    'bars_1d',
    'bars_regular',
    'bars_1d_regular',
    'history',
    'bars_all',
    'bars_adjusted',
    'moving_averages',
    'returns',
    'rsi',
    'bollinger_bands',
    'dead_letters_text',
    'freshness',
  ])
  for (const view of views) expect(view.comment).toMatch(/^[A-Z].*\.$/)
})
