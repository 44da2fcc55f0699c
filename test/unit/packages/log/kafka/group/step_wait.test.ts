// The wait for a member's steps ends by the time that passes, whatever the time of day does.

import { expect, test } from 'vitest'
import { StepWait } from '#log/kafka/group/step_wait'
import { virtualClock } from '#runtime/clock'

test('a wait is over when its time is up, and begins anew with each join', async () => {
  const clock = virtualClock(0)
  const wait = new StepWait(clock, 10)
  expect(wait.isOver).toBe(true)
  wait.begin()
  await clock.advance(9)
  expect(wait.isOver).toBe(false)
  wait.begin()
  await clock.advance(9)
  expect(wait.isOver).toBe(false)
  await clock.advance(1)
  expect(wait.isOver).toBe(true)
})

test('a wait can be ended', () => {
  const wait = new StepWait(virtualClock(0), 10)
  wait.begin()
  wait.end()
  expect(wait.isOver).toBe(true)
})
