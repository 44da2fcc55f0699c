// Limits on waiting.

import { describe, expect, test } from 'vitest'
import { inTime } from '#log/kafka/deadline'
import { systemClock, virtualClock } from '#runtime/clock'

describe('waiting with a limit', () => {
  test('gives the value, the failure, or says that it is late', async () => {
    const clock = virtualClock(0)
    expect(await inTime(Promise.resolve(1), { ms: 10, clock })).toEqual({ kind: 'done', value: 1 })
    await expect(inTime(Promise.reject(new Error('no')), { ms: 10, clock })).rejects.toThrow('no')
    const late = inTime(new Promise(() => {}), { ms: 10, clock })
    await clock.advance(10)
    expect(await late).toEqual({ kind: 'late' })
    expect(await inTime(Promise.resolve(2), { ms: 60_000, clock: systemClock })).toEqual({ kind: 'done', value: 2 })
  })
})
