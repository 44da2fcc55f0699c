import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { virtualClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { type Env, readSettings } from '#runtime/settings'
import { offset } from '#runtime/units'
import { producerSettings } from '#services/producer/config'
import { createSource } from '#services/producer/sources/create_source'
import { readTimestamp } from '#support/decoder'
import { calendars } from '#support/simulated_markets'

const START = 1_790_951_400_000

const create = (env: Env, end = 0) =>
  createSource(readSettings(env, producerSettings('simulator')), {
    log: { ranges: async (topic) => [{ topic, partition: 0, start: offset(0), end: offset(end) }] },
    clock: virtualClock(START),
    random: () => 0,
    logger: silentLogger,
    stdin: Readable.from([]),
    fetch,
    calendars,
    readTimestamp,
  })

async function firstTimeOf(env: Env, end: number): Promise<number> {
  const source = await create(env, end)
  for await (const { records } of source.batches(null, new AbortController().signal)) {
    const [first] = records
    return JSON.parse(first?.value as string).timestamp
  }
  throw new Error('no batch')
}

describe('the source that the settings name', () => {
  test.each([
    [{}, /^SIMULATED market data, not real prices: 5 symbols/],
    [{ SOURCE: 'simulator', SYMBOLS: 'A,B', SIMULATOR_SESSION: 'us' }, /2 symbols.*trading hours/],
    [{ SIMULATOR_SESSION: 'exchange' }, /each in the sessions of its exchange/],
    [
      { SOURCE: 'replay', REPLAY_FILE: import.meta.filename, REPLAY_SPEED: '1' },
      /^replay of .*create_source.test.ts, as fast as recorded/,
    ],
    [{ SOURCE: 'yahoo' }, /^Yahoo quotes of 5 symbols, as they come by 1 connection .* are asked for every 15 s$/],
    [
      { SOURCE: 'yahoo', YAHOO_MODE: 'stream' },
      /^Yahoo quotes of 5 symbols, as they come by 1 connection to the streamer$/,
    ],
    [{ SOURCE: 'yahoo', YAHOO_MODE: 'poll' }, /^Yahoo quotes of 5 symbols, asked for every 15 s$/],
    [{ SOURCE: 'yahoo', YAHOO_BASE_URL: 'http://127.0.0.1:81/x' }, /through 127.0.0.1:81/],
  ])('%j', async (env, sentence) => {
    expect((await create(env)).describe()).toMatch(sentence)
  })

  test('the simulator has a past only when the topic is empty', async () => {
    expect(await firstTimeOf({}, 0)).toBe(START - 120_000)
    expect(await firstTimeOf({}, 7)).toBe(START)
    expect(await firstTimeOf({ SIMULATOR_BACKLOG_MS: '1000' }, 0)).toBe(START - 1000)
  })

  test('a number of quotes makes the simulator end', async () => {
    expect((await create({ SIMULATOR_QUOTES: '10' })).finite).toBe(true)
    expect((await create({})).finite).toBe(false)
  })
})
