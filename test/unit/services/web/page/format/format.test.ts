import { describe, expect, test } from 'vitest'
import { sourceText } from '../../../../../../services/web/page/flow/words.ts'
import { ageText, durationText } from '../../../../../../services/web/page/format/age.ts'
import { isolatedText, plainlyText } from '../../../../../../services/web/page/format/foreign.ts'
import { marketText } from '../../../../../../services/web/page/format/market.ts'
import {
  changeText,
  countText,
  decimalsOf,
  percentText,
  priceText,
  shortCountText,
} from '../../../../../../services/web/page/format/number.ts'
import {
  cityText,
  dayTimeText,
  shortTimeText,
  timeText,
  weekdayTimeText,
  zoneText,
} from '../../../../../../services/web/page/format/time.ts'
import type { Market } from '../../../../../../services/web/page/page_context.ts'
import { cellText } from '../../../../../../services/web/page/sql/cell_text.ts'

describe('ages', () => {
  test.each([
    [-5, 'now'],
    [4_999, 'now'],
    [5_000, '5s'],
    [14_999, '10s'],
    [59_999, '55s'],
    [60_000, '1m'],
    [3_599_999, '59m'],
    [3_600_000, '1h'],
    [86_400_000 * 2.9, '2d'],
  ])('%i ms are %s', (ms, text) => {
    expect(ageText(ms)).toBe(text)
  })

  test.each([
    [-1, '0 s'],
    [45_400, '45 s'],
    [59_600, '1 min'],
    [245_000, '4 min 5 s'],
    [300_000, '5 min'],
    [3_599_000, '1 h'],
    [3_900_000, '1 h 5 min'],
    [86_399_000, '1 d'],
    [97_200_000, '1 d 3 h'],
  ])('%i ms in words are %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })
})

describe('numbers', () => {
  test('a price has two decimals, or up to four where it needs them', () => {
    expect([277.06, 277, 0.1 + 0.2, 1.0845, 0.00001234, 123_456.78].map((price) => priceText(price))).toEqual([
      '277.06',
      '277.00',
      '0.30',
      '1.0845',
      '0.0000',
      '123,456.78',
    ])
    expect([277.06, 1.085, 1.08455].map(decimalsOf)).toEqual([2, 3, 4])
  })

  test('a change has a sign unless it rounds to nothing', () => {
    expect(changeText(1.234, 2)).toBe('+1.23')
    expect(changeText(-0.4, 2)).toBe('−0.40')
    expect(changeText(-0.001, 2)).toBe('0.00')
    expect(percentText(3.214)).toBe('+3.21%')
  })

  test('counts are grouped, and short in narrow cells', () => {
    expect(countText(12_345)).toBe('12,345')
    const short = [0, 987, 9_999, 12_345, 4_500_000].map((count) => shortCountText(count))
    expect(short).toEqual(['0', '987', '9,999', '12.3k', '4.5M'])
    expect([999, 1_312].map((count) => shortCountText(count, 1_000))).toEqual(['999', '1.3k'])
  })
})

const NEW_YORK = 'America/New_York'

describe('times', () => {
  const time = Date.UTC(2025, 10, 21, 15, 31, 20)
  const summer = Date.UTC(2025, 6, 21, 3, 0, 0)

  test('are told by the clock of a zone', () => {
    expect(timeText(time, 'UTC')).toBe('15:31:20')
    expect(timeText(time, NEW_YORK)).toBe('10:31:20')
    expect(dayTimeText(summer, 'UTC')).toBe('21 Jul 03:00:00')
    expect(dayTimeText(summer, NEW_YORK)).toBe('20 Jul 23:00:00')
    expect([zoneText(time, 'UTC'), zoneText(time, NEW_YORK), zoneText(summer, NEW_YORK)]).toEqual(['UTC', 'EST', 'EDT'])
    expect(cityText(NEW_YORK)).toBe('New York')
  })

  test('have their day when it is not today', () => {
    expect(shortTimeText(time, time + 60_000, 'UTC')).toBe('15:31:20')
    expect(shortTimeText(time, time + 86_400_000, 'UTC')).toBe('21 Nov 15:31:20')
    expect(weekdayTimeText(time, time - 60_000, NEW_YORK)).toBe('10:31')
    expect(weekdayTimeText(time, time - 86_400_000, NEW_YORK)).toBe('Fri 10:31')
  })
})

describe('a market', () => {
  const monday = Date.UTC(2025, 10, 24, 14, 30)
  const of = (session: Market['session'], opensAt: number | null = monday): Market => ({
    session,
    opensAt,
    zone: NEW_YORK,
  })

  test.each([
    ['is open: that goes without saying', of('regular', null), monday, ''],
    ['is closed', of('none'), monday - 48 * 3_600_000, 'Market closed, opens Mon 09:30 New York'],
    ['opens today', of('pre'), monday - 3_600_000, 'Pre-market, opens 09:30 New York'],
    ['trades by night', of('overnight'), monday - 8 * 3_600_000, 'Overnight, opens 09:30 New York'],
    ['does not say when it opens', of('none', null), monday, 'Market closed'],
  ] as const)('%s', (_, market, now, text) => {
    expect(marketText(market, now)).toBe(text)
  })
})

describe('text from outside', () => {
  const source = 'evil\u202egnp.exe'

  test('shows the marks that would turn it around, wherever the page tells it', () => {
    expect(plainlyText(source)).toBe('evil\\u202egnp.exe')
    expect(sourceText(source)).toBe('evil\\u202egnp.exe')
    expect(cellText(source)).toBe('evil\\u202egnp.exe')
    expect(cellText([source])).toBe('["evil\\u202egnp.exe"]')
    expect(plainlyText('\u200f\u061c\u2066\u2069')).toBe('\\u200f\\u061c\\u2066\\u2069')
  })

  test('stays as it is written otherwise, from right to left too', () => {
    for (const text of ['AAPL', 'בורסה', 'São Paulo – 株', '']) expect(plainlyText(text)).toBe(text)
  })

  test('cannot leave its place in a sentence', () => {
    const told = isolatedText('a\u2069\u202eb')
    expect(told).toBe('\u2068a\\u2069\\u202eb\u2069')
  })
})
