import fc from 'fast-check'
import { expect, test } from 'vitest'
import { virtualClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { backoffMs, type RetryPolicy, retry } from '#runtime/retry'

const policy: RetryPolicy = { attemptsMax: 4, delayMinMs: 100, delayMaxMs: 1_000 }
const busy = new PlatformError('STORE_UNREACHABLE', 'no answer', { retryable: true })

async function run<T>(work: () => Promise<T>, signal = new AbortController().signal) {
  const clock = virtualClock(0)
  const waits: number[] = []
  const onRetry = (_error: unknown, _attempt: number, delayMs: number) => void waits.push(delayMs)
  let done = false
  const result = retry(work, policy, { clock, random: () => 1, signal, onRetry }).finally(() => {
    done = true
  })
  result.catch(() => {})
  while (!done) await clock.advance(1_000)
  return { result, waits }
}

test('work that succeeds is done once', async () => {
  const { result, waits } = await run(async () => 7)
  expect(await result).toBe(7)
  expect(waits).toEqual([])
})

test('a retryable failure is tried again, with growing waits', async () => {
  let failures = 3
  const { result, waits } = await run(async () => {
    if (failures-- > 0) throw busy
    return 'done'
  })
  expect(await result).toBe('done')
  expect(waits).toEqual([200, 400, 800])
})

test('the last error comes out when the attempts are used up', async () => {
  let attempts = 0
  const { result } = await run(async () => {
    attempts++
    throw busy
  })
  await expect(result).rejects.toBe(busy)
  expect(attempts).toBe(4)
})

test.each([
  ['a failure for good', new PlatformError('STORE_AUTH_FAILED', 'wrong key')],
  ['a bug', new TypeError('x is not a function')],
])('%s is not tried again', async (_name, error) => {
  let attempts = 0
  const { result } = await run(async () => {
    attempts++
    throw error
  })
  await expect(result).rejects.toBe(error)
  expect(attempts).toBe(1)
})

test('an aborted signal ends the trying', async () => {
  const controller = new AbortController()
  const { result } = await run(async () => {
    controller.abort()
    throw busy
  }, controller.signal)
  await expect(result).rejects.toBe(busy)
})

test('a wait is never below the minimum nor above the maximum', () => {
  const random = fc.double({ min: 0, max: 0.9999999, noNaN: true })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), random, (attempt, number) => {
      const wait = backoffMs(attempt, policy, () => number)
      expect(wait).toBeGreaterThanOrEqual(policy.delayMinMs)
      expect(wait).toBeLessThanOrEqual(policy.delayMaxMs)
    }),
  )
})
