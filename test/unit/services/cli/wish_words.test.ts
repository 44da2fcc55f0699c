import { describe, expect, test } from 'vitest'
import { parseTradeDate } from '#market/session'
import type { EpochMs } from '#runtime/units'
import { readWish } from '#services/cli/wish_words'

/** A Sunday. */
const now = Date.parse('2026-11-29T12:00:00Z') as EpochMs
const facts = { symbols: ['AAPL', 'MSFT'], now }
const date = (text: string) => parseTradeDate(text)

describe('the words of a backfill', () => {
  test('are the first day, and defaults', () => {
    expect(readWish({ from: '2026-11-02' }, facts)).toEqual({
      symbols: ['AAPL', 'MSFT'],
      grain: '1m',
      from: date('2026-11-02'),
      // Elsewhere it is tomorrow already.
      to: date('2026-11-30'),
    })
  })

  test('name last day, symbols and grain', () => {
    const words = { from: '2020-01-01', to: '2026-11-20', symbols: 'BTC-USD, ^GSPC,BTC-USD', grain: '1d' }
    const wish = { symbols: ['BTC-USD', '^GSPC'], grain: '1d', from: date('2020-01-01'), to: date('2026-11-20') }
    expect(readWish(words, facts)).toEqual(wish)
  })

  test('that name a last day that is still to come mean up to today', () => {
    expect(readWish({ from: '2026-11-02', to: '2027-01-01' }, facts).to).toBe(date('2026-11-30'))
  })

  test('may begin before the reach when they end within it', () => {
    expect(readWish({ from: '2026-01-01' }, facts).from).toBe(date('2026-01-01'))
  })

  test.each([
    [{}, 'backfill: name the first day: --from 2026-11-22'],
    [{ from: 'yesterday' }, 'backfill: --from takes a date such as 2026-11-02, not "yesterday"'],
    [{ from: '2026-02-30' }, 'backfill: --from takes a date such as 2026-11-02, not "2026-02-30"'],
    [{ from: '2026-11-02', to: '20261103' }, 'backfill: --to takes a date such as 2026-11-02, not "20261103"'],
    [{ from: '2026-11-20', to: '2026-11-19' }, 'backfill: --from 2026-11-20 comes after --to 2026-11-19'],
    [{ from: '2026-12-24' }, 'backfill: --from 2026-12-24 is still to come: today is 2026-11-29'],
    [{ from: '1900-01-01' }, 'backfill: --from 1900-01-01 lies before 1960-01-01, and Yahoo has nothing so old'],
    [{ from: '2026-11-02', grain: '2m' }, 'backfill: --grain takes 1m, 5m, 1h or 1d, not "2m"'],
    [{ from: '2026-11-02', symbols: 'aapl' }, /^backfill: --symbols names "aapl"; a symbol is /],
    [{ from: '2026-11-02', symbols: ',' }, 'backfill: --symbols must name at least one symbol'],
    [
      { from: '2026-10-01', to: '2026-10-20' },
      "backfill: Yahoo's 1m bars begin on 2026-10-31, so days up to 2026-10-20 can never be filled by them; " +
        '--grain 5m goes back to 2026-10-01',
    ],
    [
      { from: '2020-01-01', to: '2020-12-31', grain: '1h' },
      "backfill: Yahoo's 1h bars begin on 2024-11-30, so days up to 2020-12-31 can never be filled by them; " +
        '--grain 1d goes back to 1960-01-01',
    ],
  ])('that make no sense are refused: %j', (words, message) => {
    expect(() => readWish(words, facts)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      }),
    )
  })
})
