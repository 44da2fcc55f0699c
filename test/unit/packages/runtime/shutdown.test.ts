import { EventEmitter } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { silentLogger } from '#runtime/logger'
import { SHUTDOWN_MAX_MS, type Signals, shutdownSignal } from '#runtime/shutdown'

class FakeProcess extends EventEmitter {
  readonly exits: number[] = []
  exit(code: number): never {
    this.exits.push(code)
    return undefined as never
  }
}

afterEach(() => void vi.useRealTimers())

test('the first signal asks to end, the second one ends', () => {
  const fake = new FakeProcess()
  const { signal } = shutdownSignal(fake as unknown as Signals, silentLogger)
  fake.emit('SIGTERM')
  expect(signal.aborted).toBe(true)
  expect(fake.exits).toEqual([])
  fake.emit('SIGINT')
  expect(fake.exits).toEqual([130])
})

test('who does not end in time is ended', () => {
  vi.useFakeTimers()
  const fake = new FakeProcess()
  shutdownSignal(fake as unknown as Signals, silentLogger)
  fake.emit('SIGINT')
  vi.advanceTimersByTime(SHUTDOWN_MAX_MS)
  expect(fake.exits).toEqual([1])
})

test('nobody listens any more after dispose', () => {
  vi.useFakeTimers()
  const fake = new FakeProcess()
  const shutdown = shutdownSignal(fake as unknown as Signals, silentLogger)
  fake.emit('SIGINT')
  shutdown.dispose()
  vi.advanceTimersByTime(SHUTDOWN_MAX_MS)
  expect(fake.exits).toEqual([])
  expect(fake.listenerCount('SIGINT') + fake.listenerCount('SIGTERM')).toBe(0)
})
