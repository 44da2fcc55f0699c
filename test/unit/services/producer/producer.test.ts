import { describe, expect, test } from 'vitest'
import type { EventLog, NewRecord } from '#log/event_log'
import { virtualClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { silentLogger } from '#runtime/logger'
import { PUBLISH_RETRY, SHUTDOWN_GRACE_MS } from '#services/producer/limits'
import { type ProducerOptions, runProducer } from '#services/producer/producer'
import {
  NO_SKIPS,
  type QuoteSource,
  type SourceBatch,
  type SourceRecord,
} from '#services/producer/sources/quote_source'
import { recordedLogger } from './recorded_logger.ts'
import { watchedClock } from './watched_clock.ts'

const record = (price: number): SourceRecord => ({
  topic: 'stock-prices',
  key: 'AAPL',
  value: `{"price":${price}}`,
  price,
  currency: 'USD',
})

function sourceOf(batches: (signal: AbortSignal) => AsyncIterable<SourceBatch>): QuoteSource {
  return {
    describe: () => 'quotes of a test',
    ended: () => 'the test has ended',
    finite: true,
    positionName: async () => null,
    batches: (_, signal) => batches(signal),
    skips: () => ({ ...NO_SKIPS, unchanged: 3 }),
  }
}

/** A log that keeps no positions. */
function logOf(publish: EventLog['publish']): ProducerOptions['log'] {
  return { publish, openPositioned: () => Promise.reject(new Error('this source has no position')) }
}

async function* batches(...prices: number[][]) {
  for (const batch of prices) yield { records: batch.map(record), position: null }
}

/** Yields what it is given, then rests until it is told to stop. */
async function* thenRest(given: AsyncIterable<SourceBatch>, signal: AbortSignal) {
  yield* given
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

function parts(options: Partial<ProducerOptions> & Pick<ProducerOptions, 'source' | 'log'>): ProducerOptions {
  return {
    clock: virtualClock(0),
    random: () => 0,
    logger: silentLogger,
    print: () => {},
    signal: new AbortController().signal,
    ...options,
  }
}

const unreachable = () => new PlatformError('LOG_UNREACHABLE', 'no broker answers', { retryable: true })

describe('a producer', () => {
  test('publishes all batches in order, says so, and ends with its source', async () => {
    const published: NewRecord[] = []
    const printed: string[] = []
    const { logger, texts } = recordedLogger()
    const summary = await runProducer(
      parts({
        source: sourceOf(() => batches([1, 2], [3], [4])),
        log: logOf(async (records) => void published.push(...records)),
        print: (line) => void printed.push(line),
        logger,
      }),
    )
    expect(published.map((each) => [each.topic, each.key, each.value])).toEqual(
      [1, 2, 3, 4].map((price) => ['stock-prices', 'AAPL', `{"price":${price}}`]),
    )
    expect(printed).toEqual(['Sent: AAPL - $1.00', 'Sent: AAPL - $2.00', 'Sent: AAPL - $3.00', 'Sent: AAPL - $4.00'])
    expect(texts()).toEqual(['quotes of a test', 'the test has ended'])
    expect(summary).toEqual({ sent: 4, unresolved: 0, skipped: { ...NO_SKIPS, unchanged: 3 }, durationMs: 0 })
  })

  test('prepares one batch while one is in flight, and no more', async () => {
    let taken = 0
    let release = () => {}
    const inFlight: number[] = []
    const source = sourceOf(async function* () {
      for (const price of [1, 2, 3]) {
        taken++
        yield { records: [record(price)], position: null }
      }
    })
    const publish = (records: readonly NewRecord[]) =>
      new Promise<void>((resolve) => {
        inFlight.push(records.length)
        release = resolve
      })
    const done = runProducer(parts({ source, log: logOf(publish) }))
    await settle()
    expect([inFlight.length, taken]).toEqual([1, 2])
    release()
    await settle()
    expect([inFlight.length, taken]).toEqual([2, 3])
    release()
    await settle()
    release()
    expect((await done).sent).toBe(3)
  })

  test('tries a publish again when the log may recover, and warns of each try', async () => {
    const clock = watchedClock(0)
    const { logger, lines } = recordedLogger()
    let tries = 0
    const publish = async () => {
      if (++tries < 3) throw unreachable()
    }
    const done = runProducer(parts({ source: sourceOf(() => batches([1])), log: logOf(publish), clock, logger }))
    for (let wait = 0; wait < 2; wait++) await clock.advance(await clock.nextSleep())
    expect((await done).sent).toBe(1)
    expect(lines.filter((line) => line.level === 40).map((line) => line.attempt)).toEqual([1, 2])
  })

  test('fails with the log’s own error when its tries are used up, even while the source rests', async () => {
    const clock = watchedClock(0)
    let tries = 0
    const publish = async () => {
      tries++
      throw unreachable()
    }
    const source = sourceOf((signal) => thenRest(batches([1]), signal))
    const done = runProducer(parts({ source, log: logOf(publish), clock }))
    const outcome = expect(done).rejects.toMatchObject({ code: 'LOG_UNREACHABLE' })
    for (let wait = 1; wait < PUBLISH_RETRY.attemptsMax; wait++) await clock.advance(await clock.nextSleep())
    await outcome
    expect(tries).toBe(PUBLISH_RETRY.attemptsMax)
  })

  test('does not try again what cannot succeed', async () => {
    let tries = 0
    const publish = async () => {
      tries++
      throw new PlatformError('LOG_AUTH_FAILED', 'wrong password')
    }
    const done = runProducer(parts({ source: sourceOf(() => batches([1], [2])), log: logOf(publish) }))
    await expect(done).rejects.toMatchObject({ code: 'LOG_AUTH_FAILED' })
    expect(tries).toBe(1)
  })

  test('an abort stops the source; what is in flight is finished and counted', async () => {
    const stop = new AbortController()
    let release = () => {}
    const publish = () =>
      new Promise<void>((resolve) => {
        release = resolve
      })
    const source = sourceOf((signal) => thenRest(batches([1, 2]), signal))
    const done = runProducer(parts({ source, log: logOf(publish), signal: stop.signal }))
    await settle()
    stop.abort()
    await settle()
    release()
    expect(await done).toMatchObject({ sent: 2, unresolved: 0 })
  })

  test('a log that no longer answers cannot keep it from ending', async () => {
    const stop = new AbortController()
    const clock = watchedClock(0)
    const { logger, texts } = recordedLogger()
    const publish = () => new Promise<void>(() => {})
    const source = sourceOf(() => batches([1, 2], [3]))
    const done = runProducer(parts({ source, log: logOf(publish), clock, logger, signal: stop.signal }))
    await settle()
    stop.abort()
    expect(await clock.nextSleep()).toBe(SHUTDOWN_GRACE_MS)
    await clock.advance(SHUTDOWN_GRACE_MS)
    expect(await done).toMatchObject({ sent: 0, unresolved: 2 })
    expect(texts().at(-1)).toContain('2 quotes may be missing')
  })

  test('when the source fails, what it handed over before is published first', async () => {
    let published = 0
    const source = sourceOf(async function* () {
      yield* batches([1, 2])
      throw new PlatformError('SOURCE_FAILED', 'the file ends too early')
    })
    const publish = async (records: readonly NewRecord[]) => {
      await settle()
      published += records.length
    }
    await expect(runProducer(parts({ source, log: logOf(publish) }))).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
    expect(published).toBe(2)
  })
})

/** Lets everything that can go on without I/O or time go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
