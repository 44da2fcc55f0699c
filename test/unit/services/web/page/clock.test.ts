import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ServerClock } from '../../../../../services/web/page/clock.ts'

test('the clock is the server’s, and the earliest arrival tells it best', () => {
  let steady = 0
  const clock = new ServerClock(() => steady, 500)
  steady = 100
  expect(clock.now()).toBe(600)
  clock.begin(10_000)
  steady = 350
  expect(clock.now()).toBe(10_250)
  clock.hear(10_100)
  expect(clock.now()).toBe(10_250)
  clock.hear(10_300)
  expect(clock.now()).toBe(10_300)
  clock.begin(9_000)
  expect(clock.now()).toBe(9_000)
})

test('the clock goes on when one who watches it fails', async () => {
  const clock = new ServerClock(() => performance.now(), 0)
  const told: number[] = []
  let isFailing = false
  clock.second.watch((now) => {
    if (isFailing) throw new Error('a watcher failed')
    told.push(now)
  })
  isFailing = true
  await pause(2)
  expect(() => clock.run()).toThrow('a watcher failed')
  isFailing = false
  await expect.poll(() => told.length).toBeGreaterThan(1)
})
