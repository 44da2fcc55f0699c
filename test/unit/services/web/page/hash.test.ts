import { describe, expect, test } from 'vitest'
import { hashOf, placeOf } from '../../../../../services/web/page/hash.ts'

const BEGINNING = { symbol: null, grain: null, tab: 'flow', at: null } as const

describe('the hash of the URL', () => {
  test('says all that can be linked to, and reads back the same', () => {
    const place = { symbol: 'BTC-USD', grain: '5m', tab: 'sql', at: 1_763_739_080_000 } as const
    expect(hashOf(place)).toBe('#symbol=BTC-USD&grain=5m&tab=sql&at=1763739080000')
    expect(placeOf(hashOf(place))).toEqual(place)
  })

  test('leaves out what the page begins with', () => {
    expect(hashOf(BEGINNING)).toBe('#')
    expect(placeOf('')).toEqual(BEGINNING)
    expect(placeOf('#')).toEqual(BEGINNING)
  })

  test.each(['A&B', 'EURUSD=X', '^GSPC', 'A/B', 'A+B'])('holds the symbol %s', (symbol) => {
    expect(placeOf(hashOf({ ...BEGINNING, symbol })).symbol).toBe(symbol)
  })

  test('takes a symbol as people type it', () => {
    expect(placeOf('#symbol=btc-usd').symbol).toBe('BTC-USD')
  })

  test.each(['<b>', 'A B', 'Ä', 'A..B', '.', '/A', 'A/'])(
    'has no symbol that the stream would refuse: %s',
    (symbol) => {
      expect(placeOf(`#${new URLSearchParams({ symbol })}`)).toEqual(BEGINNING)
    },
  )

  test.each([
    '#symbol=',
    `#symbol=${'A'.repeat(33)}`,
    '#grain=<b>',
    '#tab=other',
    '#at=soon',
    '#at=1e300',
    '#at=-1',
    '#at=0.5',
    '#%E0%A4%A',
  ])('means nothing where it is damaged: %s', (hash) => {
    expect(placeOf(hash)).toEqual(BEGINNING)
  })
})
