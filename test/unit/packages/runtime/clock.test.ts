import { expect, test } from 'vitest'
import { systemClock, timeLimit, virtualClock, waitAtMost } from '#runtime/clock'

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

test('a time limit aborts when its time is over, and not before', async () => {
  const clock = virtualClock(0)
  const limit = timeLimit(1_000, clock)
  await clock.advance(999)
  expect(limit.signal.aborted).toBe(false)
  await clock.advance(1)
  expect(limit.signal.aborted).toBe(true)
  expect(limit.ended.aborted).toBe(false)
})

test('what has ended in time is not stopped later', async () => {
  const clock = virtualClock(0)
  const limit = timeLimit(1_000, clock)
  limit.end()
  await clock.advance(2_000)
  expect([limit.signal.aborted, limit.ended.aborted]).toEqual([false, true])
})

test('work is waited for until it ends, the time is over, or the waiting is ended', async () => {
  const clock = virtualClock(0)
  const never = new Promise<never>(() => {})
  await waitAtMost(Promise.resolve(), { ms: 1_000, clock })
  await expect(waitAtMost(Promise.reject(new Error('broken')), { ms: 1_000, clock })).rejects.toThrow('broken')
  await waitAtMost(never, { ms: 1_000, clock, signal: AbortSignal.abort() })
  let isOver = false
  const waiting = waitAtMost(never, { ms: 1_000, clock }).then(() => {
    isOver = true
  })
  await clock.advance(999)
  expect(isOver).toBe(false)
  await clock.advance(1)
  await waiting
})
