import { describe, expect, test } from 'vitest'
import { REPLAY_STEP_MAX_MS } from '#services/producer/limits'
import { recordedPace } from '#services/producer/sources/replay/recorded_pace'

const DAY_MS = 86_400_000
const T = 1_790_951_400_000

describe('the pace of a recording', () => {
  test('the first quote is due at once, the others as far apart as recorded', () => {
    const pace = recordedPace(1)
    expect(pace.waitMs(T, 50)).toBe(0)
    expect(pace.waitMs(T + 1000, 50)).toBe(1000)
    expect(pace.waitMs(T + 1000, 1050)).toBe(0)
    expect(pace.waitMs(T + 1500, 1050)).toBe(500)
  })

  test('N times as fast', () => {
    const pace = recordedPace(10)
    pace.waitMs(T, 0)
    expect(pace.waitMs(T + 1000, 0)).toBe(100)
  })

  test('a quote that is overdue, or has no time of its own, does not wait', () => {
    const pace = recordedPace(1)
    expect(pace.waitMs(Number.NaN, 0)).toBe(0)
    pace.waitMs(T, 0)
    expect(pace.waitMs(T + 100, 5000)).toBeLessThan(0)
    expect(pace.waitMs(Number.NaN, 0)).toBe(0)
  })

  test('a step as long as the limit is waited for, a longer one is not, and the pace goes on from there', () => {
    const pace = recordedPace(1)
    pace.waitMs(T, 0)
    expect(pace.waitMs(T + REPLAY_STEP_MAX_MS, 0)).toBe(REPLAY_STEP_MAX_MS)
    expect(pace.waitMs(T + DAY_MS, 0)).toBe(0)
    expect(pace.waitMs(T + DAY_MS + 700, 0)).toBe(700)
  })

  test('one timestamp far in the future costs neither time nor the pace of those after it', () => {
    const pace = recordedPace(1)
    pace.waitMs(T, 0)
    expect(pace.waitMs(T + DAY_MS, 0)).toBe(0)
    expect(pace.waitMs(T + 100, 100)).toBe(0)
    expect(pace.waitMs(T + 350, 100)).toBe(250)
  })
})
