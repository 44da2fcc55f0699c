import { describe, expect, test } from 'vitest'
import { ageText, durationText } from '../../../../../../services/web/page/format/age.ts'
import {
  changeText,
  countText,
  decimalsOf,
  percentText,
  priceText,
  shortCountText,
} from '../../../../../../services/web/page/format/number.ts'
import { dayTimeText, shortTimeText, timeText, zoneText } from '../../../../../../services/web/page/format/time.ts'

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

describe('times', () => {
  const time = Date.UTC(2025, 10, 21, 15, 31, 20)
  const summer = Date.UTC(2025, 6, 21, 3, 0, 0)

  test('are told by the clock that was chosen', () => {
    expect(timeText(time, 'utc')).toBe('15:31:20')
    expect(timeText(time, 'exchange')).toBe('10:31:20')
    expect(dayTimeText(summer, 'utc')).toBe('21 Jul 03:00:00')
    expect(dayTimeText(summer, 'exchange')).toBe('20 Jul 23:00:00')
    expect([zoneText(time, 'utc'), zoneText(time, 'exchange'), zoneText(summer, 'exchange')]).toEqual([
      'UTC',
      'EST',
      'EDT',
    ])
  })

  test('have their day when it is not today', () => {
    expect(shortTimeText(time, time + 60_000, 'utc')).toBe('15:31:20')
    expect(shortTimeText(time, time + 86_400_000, 'utc')).toBe('21 Nov 15:31:20')
  })
})
