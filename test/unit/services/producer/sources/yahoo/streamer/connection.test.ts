import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SECOND_MS } from '#runtime/units'
import {
  STREAM_CONNECT_TIMEOUT_MS,
  STREAM_HEALTHY_AFTER_MS,
  STREAM_REFUSED_IN_A_ROW_MAX,
  STREAM_SILENT_MAX_MS,
  STREAM_SUBSCRIBE_EVERY_MS,
} from '#services/producer/limits'
import {
  type Connection,
  type ConnectionFacts,
  closed,
  newConnection,
  opened,
  type Step,
  timePassed,
} from '#services/producer/sources/yahoo/streamer/connection'

const facts = (now: number, more: Partial<ConnectionFacts> = {}): ConnectionFacts => ({
  now,
  silentMs: 0,
  refusedInARow: 0,
  mayConnect: true,
  random: () => 1,
  ...more,
})
const connecting = (since = 0, failures = 0): Connection => ({ kind: 'connecting', since, failures })
const open = (since = 0, failures = 0): Connection => ({ kind: 'open', since, subscribedAt: since, failures })

describe('a connection', () => {
  test('is opened when its time has come and it may', () => {
    expect(timePassed(newConnection(100), facts(99)).action).toBe('none')
    expect(timePassed(newConnection(100), facts(100, { mayConnect: false })).action).toBe('none')
    expect(timePassed(newConnection(100), facts(100))).toEqual({
      connection: connecting(100),
      action: 'connect',
      loss: null,
    })
  })

  test('subscribes when it opens, and again every 15 s', () => {
    const first = opened(connecting(), 5)
    expect(first).toEqual({ connection: open(5), action: 'subscribe', loss: null })
    expect(timePassed(first.connection, facts(4 + STREAM_SUBSCRIBE_EVERY_MS)).action).toBe('none')
    const again = timePassed(first.connection, facts(5 + STREAM_SUBSCRIBE_EVERY_MS))
    expect(again.action).toBe('subscribe')
    expect(timePassed(again.connection, facts(6 + STREAM_SUBSCRIBE_EVERY_MS)).action).toBe('none')
  })

  test.each([
    ['does not open in time', connecting(), facts(STREAM_CONNECT_TIMEOUT_MS), 'timeout'],
    ['falls silent in open hours', open(), facts(50, { silentMs: STREAM_SILENT_MAX_MS }), 'silent'],
    ['brings garbage alone', open(), facts(50, { refusedInARow: STREAM_REFUSED_IN_A_ROW_MAX + 1 }), 'garbage'],
  ] as const)('that %s is dropped, and opened again later', (_, connection, given, loss) => {
    const step = timePassed(connection, given)
    expect(step).toMatchObject({ action: 'drop', loss, connection: { kind: 'waiting', failures: 1 } })
  })

  test.each([
    ['one millisecond less of waiting', connecting(), facts(STREAM_CONNECT_TIMEOUT_MS - 1)],
    ['one millisecond less of silence', open(), facts(50, { silentMs: STREAM_SILENT_MAX_MS - 1 })],
    ['one frame less of garbage', open(), facts(50, { refusedInARow: STREAM_REFUSED_IN_A_ROW_MAX })],
  ] as const)('stays with %s', (_, connection, given) => {
    expect(timePassed(connection, given)).toEqual({ connection, action: 'none', loss: null })
  })

  test('that the server closes is opened again, whether it was open or not', () => {
    expect(closed(open(), facts(7))).toMatchObject({ action: 'none', loss: 'closed', connection: { kind: 'waiting' } })
    expect(closed(connecting(), facts(7))).toMatchObject({ action: 'none', loss: 'unreached' })
    expect(closed(newConnection(100), facts(7))).toEqual({ connection: newConnection(100), action: 'none', loss: null })
  })

  test('waits twice as long each time, up to a minute, with full jitter', () => {
    const waits = (random: number) => {
      let connection = newConnection(0)
      return Array.from({ length: 8 }, () => {
        connection = closed(connecting(0, connection.failures), facts(0, { random: () => random })).connection
        return connection.kind === 'waiting' ? connection.until : null
      })
    }
    expect(waits(1)).toEqual([2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * SECOND_MS))
    expect(waits(0)).toEqual(Array(8).fill(SECOND_MS))
  })

  test('begins its waits anew only after it has stayed for a minute', () => {
    const step = (now: number) => timePassed(open(0, 5), facts(now)).connection.failures
    expect(step(STREAM_HEALTHY_AFTER_MS - 1)).toBe(5)
    expect(step(STREAM_HEALTHY_AFTER_MS)).toBe(0)
  })
})

test('whatever happens: a socket at a time, subscribed while open, and never given up', () => {
  const event = fc.record({
    what: fc.constantFrom('time', 'opened', 'closed'),
    afterMs: fc.integer({ min: 0, max: 30 * SECOND_MS }),
    silentMs: fc.integer({ min: 0, max: 2 * STREAM_SILENT_MAX_MS }),
    refusedInARow: fc.integer({ min: 0, max: 2 * STREAM_REFUSED_IN_A_ROW_MAX }),
    mayConnect: fc.boolean(),
    random: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 100 }), (events) => {
      let connection = newConnection(0)
      let sockets = 0
      let now = 0
      for (const { what, afterMs, random, ...more } of events) {
        now += afterMs
        const given = { ...more, now, random: () => random }
        // A socket tells nothing while there is none.
        if (sockets === 0 && what !== 'time') continue
        const before = connection.kind
        const step: Step =
          what === 'time'
            ? timePassed(connection, given)
            : what === 'opened'
              ? opened(connection, now)
              : closed(connection, given)
        if (step.action === 'connect') sockets++
        if (step.action === 'drop' || what === 'closed') sockets--
        if (step.action === 'subscribe') expect(step.connection.kind).toBe('open')
        expect(step.loss !== null).toBe(before !== 'waiting' && step.connection.kind === 'waiting')
        connection = step.connection
        expect(sockets).toBe(connection.kind === 'waiting' ? 0 : 1)
        if (connection.kind === 'waiting') expect(connection.until - now).toBeLessThanOrEqual(60 * SECOND_MS)
      }
      // Left alone for a minute, it connects.
      if (connection.kind !== 'waiting') return
      expect(timePassed(connection, facts(now + 60 * SECOND_MS)).action).toBe('connect')
    }),
    { numRuns: 1_000 },
  )
})
