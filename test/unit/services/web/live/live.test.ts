// The live part on a real log: what the topics hold comes in, and the tables say what was before.

import { expect, test, vi } from 'vitest'
import { ORIGIN_HEADER } from '#market/headers'
import { ALERTS_TOPIC, BARS_TOPIC, LATE_TOPIC, PRICES_TOPIC } from '#market/topics'
import { PlatformError } from '#runtime/errors'
import { silentLogger } from '#runtime/logger'
import { DAY_MS, type EpochMs, MINUTE_MS, offset, SECOND_MS } from '#runtime/units'
import type { LiveHistory, LiveSeeds } from '#services/web/live/seam'
import { alertOf, barAt } from '#support/web/live_driver'
import {
  alertRecord,
  barRecord,
  NO_HISTORY,
  NO_SEEDS,
  NOON_CLOCK,
  platformLog,
  quoteRecord,
  startLive,
} from '#support/web/live_stage'

const now = () => NOON_CLOCK.now()
const until = (what: () => void) => vi.waitFor(what, { timeout: 20_000, interval: 10 })

function history(seeds: LiveSeeds): LiveHistory {
  return { ...NO_HISTORY, seeds: async () => seeds }
}

test('quotes, bars and alerts of the topics come in, those that are there and those that come', async () => {
  const log = await platformLog()
  await log.publish([quoteRecord({ symbol: 'AAPL', price: 100, timestamp: now() })])
  const { records } = startLive(log)
  await until(() => expect(records.board.row(0, now()).price).toBe(100))
  await log.publish([
    barRecord('AAPL', barAt(1), 1),
    alertRecord(alertOf('a', { eventTime: now() })),
    quoteRecord({ symbol: 'AAPL', price: 101, timestamp: now(), source: 'simulator' }),
  ])
  await until(() => expect(records.board.row(0, now())).toMatchObject({ price: 101, alertsToday: 1 }))
  await until(() => expect(records.seam.since('AAPL', null)).toMatchObject({ bars: [barAt(1)], missing: 0 }))
  expect(records.newestEventTime(BARS_TOPIC)).toBe(barAt(1).windowEnd)
  expect(records.newestEventTime(PRICES_TOPIC)).toBe(records.board.row(0, now()).eventTime)
  expect(records.newestQuote()?.source).toBe('simulator')
})

test('what is no record of ours stops nothing, and a re-keyed copy is no quote of its own', async () => {
  const log = await platformLog()
  const copy = {
    ...quoteRecord({ symbol: 'AAPL', price: 1, timestamp: now() }, 1),
    headers: { [ORIGIN_HEADER]: '0:0' },
  }
  await log.publish([
    ...[PRICES_TOPIC, BARS_TOPIC, ALERTS_TOPIC].flatMap((topic) => [
      { topic, key: null, value: '<script>' },
      { topic, key: null, value: null },
    ]),
    copy,
    quoteRecord({ symbol: 'TSLA', price: 2, timestamp: now() }),
  ])
  const { records } = startLive(log)
  await until(() => expect(records.board.count).toBe(1))
  expect(records.board.row(0, now()).symbol).toBe('TSLA')
})

test('seeds are what the day began with, and nothing of them is counted twice', async () => {
  const log = await platformLog()
  const today = now()
  await log.publish(['a', 'b', 'c'].map((id) => alertRecord(alertOf(id, { eventTime: today }))))
  const [alerts] = await log.describeTopics([ALERTS_TOPIC])
  const seeds: LiveSeeds = {
    quotes: [
      {
        ...{ symbol: 'AAPL', price: 99, eventTime: (today - SECOND_MS) as EpochMs, previousClose: 98, currency: 'USD' },
        ...{ exchange: null, marketState: null, source: 'yahoo', line: [] },
      },
    ],
    alerts: [{ symbol: 'AAPL', eventTime: today, count: 7 }],
    // The table has taken in the first two of the three alerts.
    taken: { ...NO_SEEDS.taken, alerts: { topicId: alerts?.id ?? '', next: [offset(2), offset(0)] } },
  }
  const { records } = startLive(log, { history: history(seeds) })
  await until(() => expect(records.board.row(0, now())).toMatchObject({ price: 99, alertsToday: 8 }))
  await log.publish([alertRecord(alertOf('d', { eventTime: today }))])
  await until(() => expect(records.board.row(0, now()).alertsToday).toBe(9))
})

test('alerts that the tables tell of a day that has ended meanwhile do not count for the next one', async () => {
  let nights = 0
  const clock = { ...NOON_CLOCK, now: () => (now() + nights * DAY_MS) as EpochMs }
  const asked = Promise.withResolvers<void>()
  const seeds = async () => {
    const alerts = [{ symbol: 'AAPL', eventTime: clock.now(), count: 5 }]
    nights = 1
    asked.resolve()
    return { ...NO_SEEDS, alerts }
  }
  const log = await platformLog()
  await log.publish([quoteRecord({ symbol: 'AAPL', price: 100, timestamp: now() })])
  const { records } = startLive(log, { clock, history: { seeds } })
  await asked.promise
  await until(() => expect(records.board.rowsAfter(0)).toEqual([0]))
  records.board.moveTo(clock.now())
  expect(records.board.row(0, clock.now()).alertsToday).toBe(0)
})

test('tables that do not answer do not hold the topics up, and are asked again', async () => {
  const log = await platformLog()
  const today = now()
  await log.publish([
    quoteRecord({ symbol: 'AAPL', price: 100, timestamp: today }),
    alertRecord(alertOf('a', { eventTime: today })),
  ])
  let asked = 0
  const topicsSeen = Promise.withResolvers<void>()
  const seeds = async () => {
    asked++
    if (asked === 1) throw new PlatformError('STORE_UNREACHABLE', 'away', { retryable: true })
    // What the topics alone tell is looked at first.
    await topicsSeen.promise
    return { ...NO_SEEDS, alerts: [{ symbol: 'AAPL', eventTime: today, count: 5 }] }
  }
  const { records } = startLive(log, { history: { seeds } })
  await until(() => expect(records.board.row(0, today)).toMatchObject({ price: 100, alertsToday: 1 }))
  topicsSeen.resolve()
  // Of a table that has taken in nothing of this topic's alerts, those of the topic come on top.
  await until(() => expect(records.board.row(0, today)).toMatchObject({ price: 100, alertsToday: 6 }))
  expect(asked).toBe(2)
})

test('the reading of bars begins where the table stands', async () => {
  const log = await platformLog({ partitions: 1 })
  await log.publish(Array.from({ length: 5_000 }, (_, minute) => barRecord('AAPL', barAt(minute))))
  const [bars] = await log.describeTopics([BARS_TOPIC])
  const taken = (next: number) => ({ topicId: bars?.id ?? '', next: [offset(next)] })
  const { records } = startLive(log, {
    history: history({ ...NO_SEEDS, taken: { ...NO_SEEDS.taken, bars: taken(1_000) } }),
  })
  await until(() => expect(records.bars.position?.next).toEqual([5_000]))
  expect(records.seam.since('AAPL', taken(1_000))).toMatchObject({ missing: 0, bars: { length: 4_000 } })
  expect(records.seam.since('AAPL', taken(999)).missing).toBe(1)
})

test('other topics are read along, from where it is said', async () => {
  const log = await platformLog({ partitions: 1 })
  const late = (n: number) => ({
    topic: LATE_TOPIC,
    key: null,
    value: JSON.stringify({ n, timestamp: 5 }),
    partition: 0,
  })
  await log.publish([late(0), late(1), late(2)])
  const taken: string[] = []
  const readAlong = {
    topics: [LATE_TOPIC],
    startOf: () => offset(1),
    take: (_: unknown, { value }: { value: Uint8Array | null }) => void taken.push(Buffer.from(value ?? []).toString()),
  }
  const { records } = startLive(log, { readAlong })
  await until(() => expect(taken.map((text) => JSON.parse(text).n)).toEqual([1, 2]))
  expect(records.newestEventTime(LATE_TOPIC)).toBe(5)
})

test('symbols beyond the limit are said once', async () => {
  const log = await platformLog()
  const said: string[] = []
  const logger = { ...silentLogger, warn: (...words: unknown[]) => void said.push(String(words[1])) }
  const quotes = ['A', 'B', 'C', 'D'].map((symbol) => quoteRecord({ symbol, price: 1, timestamp: now() }))
  await log.publish(quotes)
  const { records } = startLive(log, { logger }, { symbolsMax: 2 })
  await log.publish(quotes)
  await until(() => expect(records.board.quotesWithoutRoom).toBe(4))
  expect(said).toEqual([expect.stringContaining('2 symbols')])
})

test('until the topics are known, a position says why there is none', async () => {
  const log = await platformLog()
  const { records, ended, stop } = startLive(log, { barIntervalMs: 15 * MINUTE_MS })
  expect(() => records.position()).toThrow(expect.objectContaining({ code: 'LOG_FAILED', retryable: true }))
  await until(() => expect(() => records.position()).toThrow(expect.objectContaining({ code: 'LOG_TOPIC_MISSING' })))
  await stop()
  expect(await ended).toEqual({})
})
