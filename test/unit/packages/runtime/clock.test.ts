import { expect, test } from 'vitest'
import { systemClock, virtualClock } from '#runtime/clock'

test('a virtual clock stands still until it is moved, and wakes sleepers in the order of their time', async () => {
  const clock = virtualClock(1_000)
  const woken: [string, number][] = []
  const note = (name: string) => () => woken.push([name, clock.now()])
  const sleeps = [clock.sleep(30).then(note('late')), clock.sleep(10).then(note('early'))]
  expect(clock.now()).toBe(1_000)
  await clock.advance(100)
  await Promise.all(sleeps)
  expect(woken).toEqual([
    ['early', 1_010],
    ['late', 1_030],
  ])
  expect(clock.now()).toBe(1_100)
})

test.each([
  ['the virtual clock', virtualClock(0)],
  ['the system clock', systemClock],
])('%s ends a sleep when the signal aborts, before or while it sleeps', async (_name, clock) => {
  const controller = new AbortController()
  const sleeping = clock.sleep(1_000_000, controller.signal)
  controller.abort()
  await sleeping
  await clock.sleep(1_000_000, controller.signal)
})

test('the system clock tells the time and sleeps', async () => {
  const before = systemClock.now()
  await systemClock.sleep(5)
  expect(systemClock.now()).toBeGreaterThan(before)
})
