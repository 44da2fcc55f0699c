import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type EventStream, LiveConnection } from '../../../../../services/web/page/connection.ts'

/** A stream whose server is the test. */
class TestStream implements EventStream {
  readonly url: string
  closed = false
  readonly #listeners = new Map<string, (event: { data?: string; lastEventId?: string }) => void>()

  constructor(url: string) {
    this.url = url
  }

  addEventListener(name: string, listener: (event: { data?: string; lastEventId?: string }) => void): void {
    this.#listeners.set(name, listener)
  }

  close(): void {
    this.closed = true
  }

  send(name: string, data: unknown, lastEventId = ''): void {
    this.#listeners.get(name)?.({ data: JSON.stringify(data), lastEventId })
  }

  sendText(name: string, data: string): void {
    this.#listeners.get(name)?.({ data, lastEventId: 'after' })
  }

  fail(): void {
    this.#listeners.get('error')?.({})
  }

  hello(id = 'p1'): void {
    this.send('hello', { build: 'b', sql: true, now: 1 }, id)
  }
}

let streams: TestStream[]
let connection: LiveConnection
const newest = () => streams.at(-1) as TestStream

beforeEach(() => {
  vi.useFakeTimers()
  streams = []
  connection = new LiveConnection({
    open(url) {
      streams.push(new TestStream(url))
      return newest()
    },
    steady: () => performance.now(),
  })
  connection.start()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('the connection', () => {
  test('is live with the first word of the server', () => {
    expect(connection.state.get()).toBe('connecting')
    newest().hello()
    expect(connection.state.get()).toBe('live')
    expect(newest().url).toBe('/api/stream')
  })

  test('comes back by itself, from where it stood', () => {
    newest().hello('p1')
    newest().send('bars', { symbol: 'A', bars: [] }, 'p 2/+')
    newest().fail()
    expect(connection.state.get()).toBe('lost')
    expect(newest().closed).toBe(true)
    vi.advanceTimersByTime(500)
    expect(streams.map(({ url }) => url)).toEqual(['/api/stream', '/api/stream?after=p+2%2F%2B'])
    newest().hello('p3')
    expect(connection.state.get()).toBe('live')
  })

  test('asks for another symbol from the same place, and stays live', () => {
    newest().hello('p1')
    connection.choose('A&B')
    expect(streams[0]?.closed).toBe(true)
    expect(newest().url).toBe('/api/stream?symbol=A%26B&after=p1')
    expect(connection.state.get()).toBe('live')
    connection.choose('A&B')
    expect(streams).toHaveLength(2)
  })

  test('hears nothing more of a stream that it has left', () => {
    const heard: unknown[] = []
    connection.on('alerts', (data) => heard.push(data))
    newest().hello()
    const old = newest()
    connection.choose('A')
    old.send('alerts', { alerts: [] }, 'p9')
    old.fail()
    expect(heard).toEqual([])
    expect(connection.state.get()).toBe('live')
    connection.choose('B')
    expect(newest().url).toBe('/api/stream?symbol=B&after=p1')
  })

  test('takes 25 s of silence for lost', () => {
    newest().hello()
    vi.advanceTimersByTime(20_000)
    newest().send('beat', { now: 1 })
    vi.advanceTimersByTime(25_000)
    expect(connection.state.get()).toBe('live')
    vi.advanceTimersByTime(2_000)
    expect(connection.state.get()).toBe('lost')
  })

  test('waits longer each time, up to a limit, and not after a good while', () => {
    const waits = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]
    for (const wait of waits) {
      newest().fail()
      const before = streams.length
      vi.advanceTimersByTime(wait - 1)
      expect(streams).toHaveLength(before)
      vi.advanceTimersByTime(1)
      expect(streams).toHaveLength(before + 1)
    }
    newest().hello()
    vi.advanceTimersByTime(10_000)
    newest().fail()
    vi.advanceTimersByTime(500)
    expect(newest().closed).toBe(false)
  })

  test('does not hurry a server that greets and hangs up', () => {
    for (let round = 0; round < 6; round++) {
      newest().hello()
      newest().fail()
      vi.advanceTimersByTime(15_000)
    }
    newest().fail()
    const before = streams.length
    vi.advanceTimersByTime(14_000)
    expect(streams).toHaveLength(before)
  })

  test('tries at once when told to, but only while it is lost', () => {
    newest().hello()
    connection.hurry()
    expect(streams).toHaveLength(1)
    for (let round = 0; round < 5; round++) {
      newest().fail()
      connection.hurry()
    }
    expect(streams).toHaveLength(6)
  })

  test('asks for the missed anew when it had no place to go on from', () => {
    const reasons: string[] = []
    connection.on('reload', ({ reason }) => reasons.push(reason))
    newest().hello('')
    expect(reasons).toEqual([])
    newest().fail()
    vi.advanceTimersByTime(500)
    newest().hello('')
    expect(reasons).toHaveLength(1)
  })

  test('goes back to before what it could not read', () => {
    newest().hello('p1')
    newest().sendText('bars', '{"symbol":')
    expect(connection.state.get()).toBe('lost')
    vi.advanceTimersByTime(500)
    expect(newest().url).toBe('/api/stream?after=p1')
  })

  test('lets no listener hold up another', async () => {
    const heard: string[] = []
    const failures: unknown[] = []
    const listening = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', (error) => failures.push(error))
    connection.on('reload', () => {
      throw new Error('mine alone')
    })
    connection.on('reload', ({ reason }) => heard.push(reason))
    newest().send('reload', { reason: 'why' })
    expect(heard).toEqual(['why'])
    vi.useRealTimers()
    await new Promise((resolve) => setTimeout(resolve, 5))
    for (const listener of listening) process.on('uncaughtException', listener)
    expect(failures).toEqual([new Error('mine alone')])
  })
})
