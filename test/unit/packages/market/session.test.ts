import { describe, expect, test } from 'vitest'
import { parseTradeDate, tradeDateText } from '#market/session'

describe('a trade date as text', () => {
  test.each([
    ['1970-01-01', 0],
    ['2024-02-29', 19_782],
    ['2026-11-27', 20_784],
  ])('%s is day %i', (text, date) => {
    expect(tradeDateText(date)).toBe(text)
    expect(parseTradeDate(text)).toBe(date)
  })

  test('dates in any order have each its own text, after a date that is none, too', () => {
    const dates = [20_784, 20_784, 0, 20_784, -1, 0, 0]
    const texts = ['2026-11-27', '2026-11-27', '1970-01-01', '2026-11-27', '1969-12-31', '1970-01-01', '1970-01-01']
    expect(dates.map(tradeDateText)).toEqual(texts)
    expect(() => tradeDateText(Number.NaN)).toThrow(RangeError)
    expect(tradeDateText(0)).toBe('1970-01-01')
  })

  test.each(['2026-02-29', '2026-13-01', '26-01-01', '2026-1-1', '2026-01-01T00:00:00Z', '', 'today'])(
    '%j is none',
    (text) => expect(parseTradeDate(text)).toBeNull(),
  )
})
