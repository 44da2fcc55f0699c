// Alerts as marks.

import { expect, test } from 'vitest'
import { alertAt, MINUTE, minuteBar, NOON } from '#support/web/chart/bars'
import { alertsByBar, marksOf } from '../../../../../../../services/web/page/chart/drawing/marks.ts'
import { slotsOf } from '../../../../../../../services/web/page/chart/series/gaps.ts'

const bars = Array.from({ length: 100 }, (_, minute) => minuteBar(minute))
const slots = slotsOf('1m', bars)

test('alerts stand at the bar that they fell into, and those of no bar nowhere', () => {
  const byBar = alertsByBar([alertAt(3), alertAt(500), alertAt(-1)], bars)
  expect([...byBar]).toEqual([[NOON + 3 * MINUTE, [alertAt(3)]]])
})

test('an alert at the end of a window belongs to the next one', () => {
  const alert = alertAt(0, { eventTime: (NOON + MINUTE) as never })
  expect([...alertsByBar([alert], bars).keys()]).toEqual([NOON + MINUTE])
})

test('a mark says the largest move, and how many alerts there were', () => {
  const alerts = [alertAt(3), alertAt(3, { id: 'b', percent: -4.26, direction: 'down' })]
  expect(marksOf(alertsByBar(alerts, bars), { slots, apart: 0 })).toEqual([
    { windowStart: NOON + 3 * MINUTE, direction: 'down', text: '\u22124.3% (2)' },
  ])
})

test('only what is in view is marked', () => {
  const byBar = alertsByBar([alertAt(3), alertAt(30), alertAt(60)], bars)
  const marks = marksOf(byBar, { slots: slots.slice(10, 40), apart: 0 })
  expect(marks.map(({ windowStart }) => windowStart)).toEqual([NOON + 30 * MINUTE])
})

test('of two that would cover each other the larger move has its text, and the other side has its own', () => {
  const alerts = [
    alertAt(10, { percent: 2 }),
    alertAt(12, { percent: 3 }),
    alertAt(13, { percent: -2.5, direction: 'down' }),
    alertAt(20, { percent: 2 }),
  ]
  const marks = marksOf(alertsByBar(alerts, bars), { slots, apart: 8 })
  expect(marks.map(({ text }) => text)).toEqual(['', '+3.0%', '\u22122.5%', '+2.0%'])
})

test('of many the largest moves are marked, by time', () => {
  const alerts = bars.map((_, minute) => alertAt(minute, { percent: minute }))
  const marks = marksOf(alertsByBar(alerts, bars), { slots, apart: 8 })
  expect(marks).toHaveLength(60)
  expect(marks[0]?.windowStart).toBe(NOON + 40 * MINUTE)
  expect(marks.filter(({ text }) => text !== '')).toHaveLength(8)
})
