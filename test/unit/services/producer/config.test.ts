import { describe, expect, test } from 'vitest'
import { type Env, readSettings } from '#runtime/settings'
import { checkProducerSettings, producerSettings, SYMBOLS_DEFAULT } from '#services/producer/config'

const read = (env: Env) => readSettings(env, producerSettings('simulator'))

describe('the producer settings', () => {
  test('are complete without any variable', () => {
    expect(read({})).toMatchObject({
      SOURCE: 'simulator',
      SYMBOLS: SYMBOLS_DEFAULT.split(','),
      POLL_INTERVAL_MS: 15_000,
      SIMULATOR_RATE: 5,
      SIMULATOR_FAULTS: { late: 0, duplicate: 0, malformed: 0, gap: 0 },
      REPLAY_SPEED: 0,
    })
    expect(readSettings({}, producerSettings('yahoo')).SOURCE).toBe('yahoo')
  })

  test('symbols are trimmed, and each is there once, in order', () => {
    expect(read({ SYMBOLS: ' MSFT, AAPL,MSFT,^GSPC,BRK.B,EURUSD=X,BTC-USD, ' }).SYMBOLS).toEqual([
      'MSFT',
      'AAPL',
      '^GSPC',
      'BRK.B',
      'EURUSD=X',
      'BTC-USD',
    ])
  })

  test('all that is wrong is listed at once', () => {
    const env = {
      SOURCE: 'bloomberg',
      SYMBOLS: 'AAPL,apple',
      POLL_INTERVAL_MS: 'soon',
      YAHOO_BASE_URL: 'ftp://example.invalid',
      SIMULATOR_RATE: '0',
      SIMULATOR_FAULTS: 'late:2',
      REPLAY_SPEED: '-1',
    }
    const lines = Object.keys(env).map((name) => expect.stringMatching(new RegExp(`^  ${name}: `)))
    try {
      read(env)
      expect.unreachable()
    } catch (error) {
      expect((error as Error).message.split('\n').slice(1)).toEqual(lines)
    }
  })

  test.each([',', ' , '])('%j names no symbol', (SYMBOLS) => {
    expect(() => read({ SYMBOLS })).toThrow(/at least one symbol/)
  })

  test('a replay needs a file', () => {
    expect(() => checkProducerSettings(read({ SOURCE: 'replay' }))).toThrow(/REPLAY_FILE/)
    expect(() => checkProducerSettings(read({ SOURCE: 'replay', REPLAY_FILE: '-' }))).not.toThrow()
  })

  test('Yahoo itself is not asked more often than it has news; a server of our own may be', () => {
    const env = { SOURCE: 'yahoo', POLL_INTERVAL_MS: '1000' }
    expect(() => checkProducerSettings(read(env))).toThrow(/POLL_INTERVAL_MS/)
    expect(() => checkProducerSettings(read({ ...env, YAHOO_BASE_URL: 'http://127.0.0.1:1' }))).not.toThrow()
  })
})
