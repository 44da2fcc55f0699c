import { expect, test } from 'vitest'
import { virtualClock } from '#runtime/clock'
import { BoundedAsk } from '#services/web/flow/bounded_ask'
import { ANSWER_MS_MAX } from '#services/web/flow/limits'

test('an answer and a failure are both values', async () => {
  const clock = virtualClock(0)
  expect(await new BoundedAsk(async () => 5, clock).ask()).toEqual({ kind: 'answer', value: 5 })
  const failing = new BoundedAsk(() => Promise.reject(new Error('no\nway')), clock)
  expect(await failing.ask()).toEqual({ kind: 'trouble', trouble: 'no way' })
})

test('what hangs is asked once, holds nobody up, and answers those who wait when it answers', async () => {
  const clock = virtualClock(0)
  const hanging = Promise.withResolvers<number>()
  let asked = 0
  const question = new BoundedAsk(() => {
    asked++
    return hanging.promise
  }, clock)
  const first = question.ask()
  await clock.advance(ANSWER_MS_MAX)
  expect(await first).toEqual({ kind: 'trouble', trouble: `no answer within ${ANSWER_MS_MAX / 1000} s` })
  const second = question.ask()
  hanging.resolve(7)
  expect(await second).toEqual({ kind: 'answer', value: 7 })
  expect(asked).toBe(1)
  await question.ask()
  expect(asked).toBe(2)
})
