// Promise: a backfill that is killed at any point and called again leaves what one uninterrupted backfill leaves, each
// record once, and asks again for no more than what it had in hand. A call after that asks nothing. Each step of it is
// killed in turn, before and after it took effect; then whole processes are killed, on both logs.

import { describe, expect, onTestFinished, test } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import type { EventLog, PositionedPublisher } from '#log/event_log'
import { openKafkaLog } from '#log/kafka/kafka_log'
import { tradeDateText } from '#market/session'
import { topicSpecs } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { silentLogger } from '#runtime/logger'
import type { Env } from '#runtime/settings'
import { DAY_MS } from '#runtime/units'
import { yahooHistory } from '#services/backfill/history_source'
import {
  type BackfillStage,
  backfillStage,
  openedLog,
  publishedHistory,
  stillClock,
} from '#support/backfill/backfill_stage'
import { deletePlatformTopics } from '#support/log/platform_topics'
import { describeWithKafka, uniqueName } from '#support/services/services'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'
import { type ChartAnswers, chartAnswers } from '#support/yahoo/chart_answers'
import { startYahooServer } from '#support/yahoo/yahoo_server'

const NOW = '2026-11-29T12:00:00Z'
/** Three requests: two trading days of each symbol, with a dividend. */
const WISH = { symbols: ['AAPL', 'MSFT', 'BTC-USD'], grain: '5m', from: '2026-11-24', to: '2026-11-25' } as const
const REQUESTS = 3

/** The process is gone: nothing catches it and goes on. */
class Killed extends Error {}

/** What a step is stopped by. */
type Fault = () => Error

const killed: Fault = () => new Killed('kill -9')
const unanswered: Fault = () => new PlatformError('LOG_UNREACHABLE', 'no answer', { retryable: true })

/** Counts the steps that reach outside, and makes one of them fail, before or after it took effect. */
class Steps {
  readonly #failing: { readonly at: number; readonly fault: Fault } | null
  count = 0

  constructor(failing: { readonly at: number; readonly fault: Fault } | null) {
    this.#failing = failing
  }

  /** Two steps: a failure of the first leaves the work undone, one of the second leaves it done and unknown. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    this.#next()
    const result = await work()
    this.#next()
    return result
  }

  #next(): void {
    if (++this.count === this.#failing?.at) throw this.#failing.fault()
  }
}

function steppedLog(log: EventLog, steps: Steps): EventLog {
  const publisherOf = (inner: PositionedPublisher): PositionedPublisher => ({
    get position() {
      return inner.position
    },
    publish: (records, position) => steps.take(() => inner.publish(records, position)),
    close: () => inner.close(),
  })
  return {
    clusterId: () => log.clusterId(),
    publish: (records) => log.publish(records),
    openPositioned: (owner) => steps.take(async () => publisherOf(await log.openPositioned(owner))),
    run: (options, processor) => steps.take(() => log.run(options, processor)),
    ranges: (topic) => steps.take(() => log.ranges(topic)),
    createTopics: (specs) => log.createTopics(specs),
    describeTopics: (topics) => log.describeTopics(topics),
    committed: (group, topic) => log.committed(group, topic),
    transactions: log.transactions,
    lag: () => log.lag(),
    close: () => log.close(),
  }
}

/** One backfill, of which a step fails; resolves to how many steps there were. */
async function runWith(stage: BackfillStage, log: EventLog, steps: Steps): Promise<number> {
  const clock = stillClock(() => stage.now)
  const parts = { fetch, baseUrl: stage.server.url, clock, signal: new AbortController().signal }
  const inner = yahooHistory(parts)
  const source = { ask: (unit: Parameters<typeof inner.ask>[0]) => steps.take(() => inner.ask(unit)) }
  await stage.run(steppedLog(log, steps), WISH, { source, clock })
  return steps.count
}

/** What an uninterrupted backfill leaves, and how many steps it has. */
async function uninterrupted() {
  const stage = await backfillStage(NOW)
  const log = await stage.openLog()
  const steps = await runWith(stage, log, new Steps(null))
  const history = await publishedHistory(log)
  expect(history.bars.length).toBeGreaterThan(500)
  expect(history.actions).toHaveLength(1)
  return { steps, history }
}

describe('each step of a backfill', () => {
  test('may be its last: the next one leaves what an uninterrupted one leaves', async () => {
    const whole = await uninterrupted()
    for (let at = 1; at <= whole.steps; at++) {
      const stage = await backfillStage(NOW)
      const first = await stage.openLog()
      await expect(runWith(stage, first, new Steps({ at, fault: killed })), `step ${at}`).rejects.toThrow(Killed)
      const log = await stage.openLog()
      await runWith(stage, log, new Steps(null))
      expect(await publishedHistory(log), `step ${at}`).toEqual(whole.history)
      expect(stage.charts.asked.length, `step ${at}`).toBeLessThanOrEqual(REQUESTS + 1)
      const asked = stage.charts.asked.length
      expect(await stage.run(log, WISH)).toMatchObject({ requests: 0, doneBefore: 6, end: { kind: 'done' } })
      expect(stage.charts.asked).toHaveLength(asked)
    }
  }, 240_000)

  test('may be one whose outcome is not told: nothing is lost or doubled', async () => {
    const whole = await uninterrupted()
    for (let at = 1; at <= whole.steps; at++) {
      const stage = await backfillStage(NOW)
      const log = await stage.openLog()
      await runWith(stage, log, new Steps({ at, fault: unanswered })).catch((error: unknown) => {
        // Opening and publishing are tried again; a survey that fails ends the backfill.
        expect(error, `step ${at}`).toMatchObject({ code: 'LOG_UNREACHABLE' })
      })
      await runWith(stage, log, new Steps(null))
      expect(await publishedHistory(log), `step ${at}`).toEqual(whole.history)
    }
  }, 240_000)
})

/** Whole processes: minutes of some weeks, all of them over, so that they are the same whenever they are fetched. */
const SYMBOLS = ['AAPL', 'BTC-USD', 'ETH-USD', 'EURUSD=X']
const KILLS = 6
const PROCESSES_TIMEOUT_MS = 240_000

/** A server of its own in this process, and how to call `tickerlake backfill` against it. */
async function servedProcesses() {
  const calendars = openCalendars({})
  const of = (symbol: string) => calendars.of({ symbol, exchange: null, zone: null })
  const charted = SYMBOLS.map((symbol) => [symbol, { calendar: of(symbol), exchange: 'X' }] as const)
  const charts = chartAnswers({ symbols: Object.fromEntries(charted), now: () => systemClock.now() })
  const server = await startYahooServer()
  onTestFinished(() => server.close())
  server.serve(charts.part)
  const today = Math.floor(systemClock.now() / DAY_MS)
  const [from, to] = [tradeDateText(today - 24), tradeDateText(today - 3)]
  const words = ['backfill', '--from', from, '--to', to, '--symbols', SYMBOLS.join(','), '--json']
  const start = (env: Env) => startTickerlake(words, { ...env, YAHOO_BASE_URL: server.url, BACKFILL_INTERVAL_MS: '20' })
  return { charts, start }
}

type Served = Awaited<ReturnType<typeof servedProcesses>>

async function reportOf({ start }: Served, env: Env): Promise<{ requests: number; planned: number }> {
  const child = start(env)
  expect(await child.ended, child.stderr.join('\n')).toEqual({ code: 0, signal: null })
  return JSON.parse(child.stdout.join('\n'))
}

/** Kills one when it has asked so many times, some milliseconds later: while it waits, reads or publishes. */
async function killOneAtWork({ charts, start }: Served, env: Env, number: number): Promise<void> {
  const wanted = asked(charts) + 1 + (number % 3)
  const child = start(env)
  let running = true
  void child.ended.then(() => {
    running = false
  })
  while (running && asked(charts) < wanted) await systemClock.sleep(1)
  await systemClock.sleep(number * 23)
  await child.stop('SIGKILL')
}

const asked = ({ asked: questions }: ChartAnswers) => questions.length

/** What one process leaves that nobody disturbs. */
async function undisturbed(served: Served) {
  const env = { DATA_DIR: temporaryFolder() }
  const log = await openedLog(env.DATA_DIR)
  const { requests } = await reportOf(served, env)
  return { requests, history: await publishedHistory(log) }
}

async function expectSameAfterKills(log: EventLog, env: Env): Promise<void> {
  const served = await servedProcesses()
  const whole = await undisturbed(served)
  expect(whole.requests).toBeGreaterThan(KILLS)
  const before = asked(served.charts)
  for (let number = 0; number < KILLS; number++) await killOneAtWork(served, env, number)
  // The later of two takes over; whichever ends first, all is there in the end.
  const [one, other] = [served.start(env), served.start(env)]
  const ends = await Promise.all([one.ended, other.ended])
  expect(ends.filter(({ code }) => code === 0).length, [...one.stderr, ...other.stderr].join('\n')).toBeGreaterThan(0)
  expect(await publishedHistory(log)).toEqual(whole.history)
  expect(asked(served.charts) - before).toBeLessThanOrEqual(whole.requests + KILLS + 2)
  expect(await reportOf(served, env)).toMatchObject({ requests: 0, planned: 0 })
}

describe('killed processes, and two at once, on the embedded log', () => {
  test(
    'leave what one leaves that nobody disturbs',
    async () => {
      const env = { DATA_DIR: temporaryFolder() }
      await expectSameAfterKills(await openedLog(env.DATA_DIR), env)
    },
    PROCESSES_TIMEOUT_MS,
  )
})

describeWithKafka('killed processes, and two at once, on Kafka', ({ brokers }) => {
  test(
    'leave what one leaves that nobody disturbs',
    async () => {
      await deletePlatformTopics(brokers)
      const options = { clientId: uniqueName('backfill'), ssl: false, clock: systemClock, logger: silentLogger }
      const log = await openKafkaLog({ brokers: brokers.split(','), ...options })
      onTestFinished(() => log.close())
      await log.createTopics(topicSpecs(3))
      await expectSameAfterKills(log, { KAFKA_BROKERS: brokers, DATA_DIR: temporaryFolder() })
    },
    PROCESSES_TIMEOUT_MS,
  )
})
