import { EventEmitter } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { openShutdown, SHUTDOWN_MAX_MS, type Signals } from '#runtime/shutdown'

function opened({ echoMs = 0 } = {}) {
  const fake = new FakeProcess()
  const said: string[] = []
  const shutdown = openShutdown(fake as unknown as Signals, { say: (text) => said.push(text), echoMs })
  return { fake, said, shutdown }
}

class FakeProcess extends EventEmitter {
  readonly exits: number[] = []
  exit(code: number): never {
    this.exits.push(code)
    return undefined as never
  }
}

afterEach(() => void vi.useRealTimers())

test('the first signal asks to end, the second one ends', () => {
  const { fake, shutdown } = opened()
  fake.emit('SIGTERM')
  expect(shutdown.signal.aborted).toBe(true)
  expect(fake.exits).toEqual([])
  fake.emit('SIGINT')
  expect(fake.exits).toEqual([130])
})

test('who does not end in time is ended, and it is said', () => {
  vi.useFakeTimers()
  const { fake, said } = opened()
  fake.emit('SIGINT')
  vi.advanceTimersByTime(SHUTDOWN_MAX_MS)
  expect(fake.exits).toEqual([1])
  expect(said).toEqual([expect.stringMatching(/did not end within 10 s/)])
})

test('a signal that came from the terminal and by the launcher is one', () => {
  const { fake, shutdown } = opened()
  fake.emit('SIGINT')
  fake.emit('message', { signal: 'SIGINT' })
  expect(shutdown.signal.aborted).toBe(true)
  expect(fake.exits).toEqual([])
  fake.emit('message', { signal: 'SIGINT' })
  expect(fake.exits).toEqual([130])
  fake.emit('SIGINT')
  expect(fake.exits).toEqual([130])
})

test('a launcher that is signalled alone is heard, and heard again', () => {
  const { fake, shutdown } = opened()
  fake.emit('message', { signal: 'SIGTERM' })
  expect(shutdown.signal.aborted).toBe(true)
  fake.emit('message', { signal: 'SIGINT' })
  expect(fake.exits).toEqual([130])
})

test('a message that is no signal is ignored', () => {
  const { fake, shutdown } = opened()
  for (const message of [null, 'SIGINT', {}, { signal: 'SIGKILL' }, { signal: 1 }]) fake.emit('message', message)
  expect(shutdown.signal.aborted).toBe(false)
})

test('a launcher that is gone asks to end', () => {
  const { fake, shutdown } = opened()
  fake.emit('disconnect')
  expect(shutdown.signal.aborted).toBe(true)
  fake.emit('SIGINT')
  expect(fake.exits).toEqual([130])
})

test('a terminal that hangs up asks as often as it likes', () => {
  const { fake, shutdown } = opened()
  fake.emit('SIGHUP')
  expect(shutdown.signal.aborted).toBe(true)
  fake.emit('SIGHUP')
  expect(fake.exits).toEqual([])
})

test("the echo of npm is no second signal, the user's next one is", () => {
  vi.useFakeTimers()
  const { fake } = opened({ echoMs: 1000 })
  fake.emit('SIGINT')
  vi.advanceTimersByTime(999)
  fake.emit('SIGINT')
  expect(fake.exits).toEqual([])
  vi.advanceTimersByTime(1)
  fake.emit('SIGINT')
  expect(fake.exits).toEqual([130])
})

test('a signal that comes by the launcher alone is heard after one that came both ways with an echo', () => {
  vi.useFakeTimers()
  const { fake } = opened({ echoMs: 1000 })
  for (const relayed of [{ signal: 'SIGINT' }, { signal: 'SIGINT' }]) {
    fake.emit('SIGINT')
    fake.emit('message', relayed)
  }
  expect(fake.exits).toEqual([])
  vi.advanceTimersByTime(1000)
  fake.emit('message', { signal: 'SIGINT' })
  expect(fake.exits).toEqual([130])
})

test('a signal of another name is no echo', () => {
  const { fake } = opened({ echoMs: 1000 })
  fake.emit('SIGINT')
  fake.emit('SIGTERM')
  expect(fake.exits).toEqual([130])
})

test('nobody listens any more after dispose', () => {
  vi.useFakeTimers()
  const { fake, shutdown } = opened()
  fake.emit('SIGINT')
  shutdown.dispose()
  vi.advanceTimersByTime(SHUTDOWN_MAX_MS)
  expect(fake.exits).toEqual([])
  expect(fake.eventNames()).toEqual([])
})
