// What the chart says when there is something to say.

import { describe, expect, test } from 'vitest'
import { remarksOf, type Situation, sentenceOf } from '../../../../../../services/web/page/chart/sentences.ts'

const ready: Situation = {
  symbol: 'AAPL',
  state: { kind: 'ready' },
  connection: 'live',
  stretches: { older: 'idle', newer: 'idle' },
  hasBars: true,
  beginning: null,
  repeatedHour: null,
  alertsKnown: 'all',
}

describe('in place of the bars', () => {
  test.each([
    [{ symbol: null, state: { kind: 'waiting' } }, 'The bars of the chosen symbol appear here.'],
    [{ state: { kind: 'loading' } }, 'Loading the bars of AAPL.'],
    [{ state: { kind: 'empty' } }, 'There are no bars of AAPL yet. The first one comes with its first quote.'],
    [
      { state: { kind: 'failed', message: 'The server does not answer.' } },
      'The bars of AAPL could not be loaded. The server does not answer.',
    ],
    [{ hasBars: false, stretches: { older: 'loading', newer: 'idle' } }, 'Looking for bars of AAPL.'],
    [{ hasBars: false }, 'There are no bars of AAPL around this time.'],
    [{}, null],
  ] as [Partial<Situation>, string | null][])('%j: %s', (changes, sentence) => {
    expect(sentenceOf({ ...ready, ...changes })).toBe(sentence)
  })
})

describe('of the bars that are drawn', () => {
  test('there is nothing to say when all is well', () => {
    expect(remarksOf(ready)).toEqual([])
  })

  test.each([
    [{ connection: 'lost' }, 'Not live: the connection is lost. It comes back by itself.'],
    [{ stretches: { older: 'loading', newer: 'idle' } }, 'Loading older bars.'],
    [{ stretches: { older: 'idle', newer: 'loading' } }, 'Loading newer bars.'],
    [{ stretches: { older: 'failed', newer: 'idle' } }, 'More bars could not be loaded.'],
    [{ beginning: 'Sat 28 Nov 2026, 10:00 UTC' }, 'The first bar: Sat 28 Nov 2026, 10:00 UTC.'],
    [{ repeatedHour: 'EDT and EST' }, 'The clocks go back here: one hour is there twice, as EDT and EST.'],
    [{ alertsKnown: 'cut' }, 'There are more alerts here than are marked.'],
    [{ alertsKnown: 'failed' }, 'Some alerts could not be loaded, so marks may be missing.'],
  ] as [Partial<Situation>, string][])('%j: %s', (changes, remark) => {
    expect(remarksOf({ ...ready, ...changes })).toEqual([remark])
  })

  test('nothing is said of bars that are not there', () => {
    expect(remarksOf({ ...ready, hasBars: false, connection: 'lost' })).toEqual([])
  })
})
