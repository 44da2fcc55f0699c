import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog, PositionedPublisher } from '#log/event_log'
import { PRICES_TOPIC } from '#market/topics'
import { virtualClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { silentLogger } from '#runtime/logger'
import { openPublishing, type PublishingOptions } from '#services/producer/publishing'
import type { SourceBatch } from '#services/producer/sources/quote_source'
import { temporaryFolder } from '#support/temporary_folder'
import { recordedLogger } from './recorded_logger.ts'

const clock = { ...virtualClock(1_790_951_400_000), sleep: async () => {} }
const unreachable = () => new PlatformError('LOG_UNREACHABLE', 'no answer', { retryable: true })

let log: EventLog
beforeEach(async () => {
  log = openEmbeddedLog({ path: join(temporaryFolder(), 'log.sqlite'), clock, logger: silentLogger })
  await log.createTopics([{ topic: PRICES_TOPIC, partitions: 1 }])
})
afterEach(() => log.close())

const batch = (number: number): SourceBatch => ({
  records: [{ topic: PRICES_TOPIC, key: 'A', value: `${number}`, price: number, currency: null }],
  position: `after ${number}`,
})
const length = async () => (await log.ranges(PRICES_TOPIC))[0]?.end

function open(options: Partial<PublishingOptions> = {}) {
  const parts = { log, clock, random: () => 0, logger: silentLogger, onRetry: () => {} }
  return openPublishing({ ...parts, positionName: 'test', signal: new AbortController().signal, ...options })
}

/** The log whose publishes fail as told: `lost` before they are written, `unanswered` after it. */
function faulty(faults: ('lost' | 'unanswered' | null)[]): PublishingOptions['log'] {
  return {
    publish: (records) => log.publish(records),
    async openPositioned(owner): Promise<PositionedPublisher> {
      const inner = await log.openPositioned(owner)
      return {
        get position() {
          return inner.position
        },
        close: () => inner.close(),
        async publish(records, position) {
          const fault = faults.shift()
          if (fault === 'lost') throw unreachable()
          await inner.publish(records, position)
          if (fault === 'unanswered') throw unreachable()
        },
      }
    },
  }
}

describe('publishing with a position', () => {
  test('goes on from where the log says', async () => {
    const first = await open()
    expect(first.position).toBe(null)
    for (const number of [1, 2]) await first.publish(batch(number))
    await first.close()
    expect((await open()).position).toBe('after 2')
    expect(await length()).toBe(2)
  })

  test.each([[['lost']], [['unanswered']], [['lost', 'unanswered']], [['unanswered', null, 'lost', 'lost']]] as const)(
    'a try that failed (%j) is neither lost nor repeated',
    async (faults) => {
      const { logger, texts } = recordedLogger()
      const publishing = await open({ log: faulty([...faults]), logger })
      for (const number of [1, 2, 3]) await publishing.publish(batch(number))
      expect(await length()).toBe(3)
      expect(texts().every((text) => text.includes('nothing is lost or repeated'))).toBe(true)
    },
  )

  test.each([[[]], [['lost']], [['unanswered']], [[null, 'unanswered', 'lost']]] as const)(
    'begins anew when asked, though its batches come to positions that were there before (faults: %j)',
    async (faults) => {
      const first = await open()
      for (const number of [1, 2]) await first.publish(batch(number))
      await first.close()
      const publishing = await open({ beginAnew: true, log: faulty([...faults]) })
      expect(publishing.position).toBe(null)
      // The position that the log had, in a batch of its own, and then as the second one.
      await publishing.publish(batch(2))
      await publishing.publish(batch(1))
      await publishing.close()
      expect(await length()).toBe(4)
      expect((await open()).position).toBe('after 1')
    },
  )

  test('a source that was to begin anew and has sent nothing yet begins anew the next time, too', async () => {
    const first = await open()
    await first.publish(batch(1))
    await first.close()
    for (const beginAnew of [true, true, false]) {
      const publishing = await open({ beginAnew })
      expect(publishing.position).toBe(null)
      await publishing.close()
    }
    expect(await length()).toBe(1)
  })

  test('a process whose source another one has gone on with stops, and adds nothing', async () => {
    const old = await open()
    await old.publish(batch(1))
    const other = await open()
    await other.publish(batch(7))
    await expect(old.publish(batch(2))).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
    await expect(old.publish(batch(3))).rejects.toThrow(/another process has gone on with the source test/)
    expect(await length()).toBe(2)
  })

  test('of two processes that only open it, the first to publish goes on and the other stops', async () => {
    const [one, other] = [await open(), await open()]
    await one.publish(batch(1))
    await expect(other.publish(batch(7))).rejects.toThrow(/another process/)
    await one.publish(batch(2))
    expect(await length()).toBe(2)
  })
})

test('publishing without a position keeps none, and says that quotes may be repeated', async () => {
  const { logger, texts } = recordedLogger()
  let tries = 0
  const publish = async (records: Parameters<EventLog['publish']>[0]) => {
    if (++tries === 1) throw unreachable()
    await log.publish(records)
  }
  const publishing = await open({ positionName: null, log: { ...faulty([]), publish }, logger })
  expect(publishing.position).toBe(null)
  await publishing.publish({ ...batch(1), position: null })
  expect(await length()).toBe(1)
  expect(texts()).toEqual([expect.stringContaining('may be repeated')])
})

test('a position may be kept with another topic, beside one of the same name', async () => {
  const topic = 'other'
  await log.createTopics([{ topic, partitions: 1 }])
  const quotes = await open()
  await quotes.publish(batch(1))
  const others = await open({ topic })
  expect(others.position).toBe(null)
  await others.publish({ records: [{ topic, key: 'A', value: '1' }], position: 'there' })
  expect([(await open()).position, (await open({ topic })).position]).toEqual(['after 1', 'there'])
})
