import { describe, expect, test } from 'vitest'
import { type Env, readSettings } from '#runtime/settings'
import { producerSettings, SYMBOLS_DEFAULT, sourceEnds } from '#services/producer/config'

const read = (env: Env) => readSettings(env, producerSettings('simulator'))

describe('the producer settings', () => {
  test('are complete without any variable', () => {
    expect(read({})).toMatchObject({
      SOURCE: 'simulator',
      SOURCE_POSITION: 'resume',
      SYMBOLS: SYMBOLS_DEFAULT.split(','),
      POLL_INTERVAL_MS: 15_000,
      SIMULATOR_RATE: 5,
      SIMULATOR_FAULTS: { late: 0, duplicate: 0, malformed: 0, gap: 0 },
      REPLAY_SPEED: 0,
    })
    expect(readSettings({}, producerSettings('yahoo')).SOURCE).toBe('yahoo')
  })

  test('symbols are trimmed, and each is there once, in order', () => {
    expect(read({ SYMBOLS: ' MSFT, AAPL,MSFT,^GSPC,BRK.B,EURUSD=X,BTC-USD,M&M.NS, ' }).SYMBOLS).toEqual([
      'MSFT',
      'AAPL',
      '^GSPC',
      'BRK.B',
      'EURUSD=X',
      'BTC-USD',
      'M&M.NS',
    ])
  })

  test.each(['yahoo', 'simulator'])('%s sends milliseconds, so no other unit can be set with it', (SOURCE) => {
    expect(() => read({ SOURCE, TIMESTAMP_UNIT: 's' })).toThrow(
      `TIMESTAMP_UNIT must be ms, not "s", since SOURCE is ${SOURCE}, which sends milliseconds`,
    )
    expect(() => read({ SOURCE, TIMESTAMP_UNIT: 'ms' })).not.toThrow()
    expect(() => read({ SOURCE: 'replay', REPLAY_FILE: '-', TIMESTAMP_UNIT: 's' })).not.toThrow()
  })

  test('a symbol that is none is named, with what one is', () => {
    expect(() => read({ SYMBOLS: 'AAPL,apple' })).toThrow(
      /^wrong setting: SYMBOLS names "apple"; a symbol is 1 to 32 of /,
    )
  })

  test('all that is wrong is listed at once', () => {
    const env = {
      SOURCE: 'bloomberg',
      SOURCE_POSITION: 'begin',
      SYMBOLS: 'AAPL,apple',
      POLL_INTERVAL_MS: 'soon',
      YAHOO_BASE_URL: 'ftp://example.invalid',
      SIMULATOR_RATE: '0',
      SIMULATOR_FAULTS: 'late:2',
      REPLAY_SPEED: '-1',
    }
    const lines = Object.keys(env).map((name) => expect.stringMatching(new RegExp(`^  ${name} `)))
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
    expect(() => read({ SOURCE: 'replay' })).toThrow(/REPLAY_FILE/)
    expect(() => read({ SOURCE: 'replay', REPLAY_FILE: '-' })).not.toThrow()
    expect(() => read({ SOURCE: 'replay', REPLAY_FILE: import.meta.filename })).not.toThrow()
  })

  test('the file of a replay must be there, and be a file', () => {
    const wrong = (file: string) => () => read({ SOURCE: 'replay', REPLAY_FILE: file })
    expect(wrong('/no/such/file')).toThrow(
      /REPLAY_FILE \("\/no\/such\/file"\) cannot be replayed: there is no such file/,
    )
    expect(wrong(import.meta.dirname)).toThrow(/cannot be replayed: it is a folder/)
    expect(() => read({ REPLAY_FILE: '/no/such/file' })).not.toThrow()
  })

  test('Yahoo itself is not asked more often than it has news; a server of our own may be', () => {
    const env = { SOURCE: 'yahoo', POLL_INTERVAL_MS: '1000' }
    expect(() => read(env)).toThrow(/POLL_INTERVAL_MS/)
    expect(() => read({ ...env, YAHOO_BASE_URL: 'http://127.0.0.1:1' })).not.toThrow()
  })

  test('the least interval is the same in every message, and says when it is another', () => {
    const said =
      /POLL_INTERVAL_MS must be a whole number from 5000 to 3600000, or from 100 when YAHOO_BASE_URL .*, not "/
    for (const POLL_INTERVAL_MS of ['50', '1000', 'often']) {
      expect(() => read({ SOURCE: 'yahoo', POLL_INTERVAL_MS })).toThrow(said)
    }
  })

  test('a source ends when it replays, or simulates a number of quotes', () => {
    const replay = { SOURCE: 'replay', REPLAY_FILE: '-' }
    const ending = [replay, { SIMULATOR_QUOTES: '5' }]
    const endless = [{}, { SOURCE: 'yahoo' }, { SOURCE: 'yahoo', SIMULATOR_QUOTES: '5' }]
    expect(ending.map((env) => sourceEnds(read(env)))).toEqual([true, true])
    expect(endless.map((env) => sourceEnds(read(env)))).toEqual([false, false, false])
  })
})
