// The processor: what it commits and when, and that restarts, batch cuts and lost commits change nothing.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ALERTS_TOPIC, BARS_TOPIC, DEAD_LETTERS_TOPIC, LATE_TOPIC, PRICES_TOPIC } from '#market/topics'
import type { Logger } from '#runtime/logger'
import { silentLogger } from '#runtime/logger'
import type { Offset } from '#runtime/units'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { OFFSET_COMMIT_INTERVAL_MS } from '#services/stream/limits'
import { unaccounted } from '#services/stream/outputs'
import { decodeMetadata } from '#services/stream/partition/commit_metadata'
import { SERVICE_SLICING } from '#services/stream/snapshot/state_snapshot_store'
import { ProcessorRig, type RigOptions } from './processor_rig.ts'

const T0 = Date.UTC(2026, 0, 6, 15)
const MINUTE = 60_000
const parts: RigOptions = { config: DEFAULT_STREAM_CONFIG, rules: DEFAULT_ALERT_RULES }

async function openRig(options: Partial<RigOptions> = {}): Promise<ProcessorRig> {
  const rig = new ProcessorRig({ ...parts, ...options })
  await rig.open()
  return rig
}

const quote = (symbol: string, price: number, timestamp: number, ingestTime = timestamp) => ({
  symbol,
  price,
  timestamp,
  ingestTime,
})

describe('a batch', () => {
  test('becomes one commit with all its outputs, each at the partition number of the input', async () => {
    const rig = await openRig()
    rig.appendQuote(quote('TSLA', 430.63, T0))
    rig.append({ key: 'X', value: 'no quote', ingestTime: T0 })
    rig.appendQuote(quote('TSLA', 444.45, T0 + 4 * MINUTE))
    rig.appendQuote(quote('TSLA', 444.5, T0 + 20 * MINUTE))
    rig.appendQuote(quote('TSLA', 444.5, T0, T0 + 20 * MINUTE))
    rig.append({ key: null, value: `{"symbol":"AAPL","price":1,"timestamp":${T0}}`, ingestTime: T0 })
    await rig.poll()
    expect(rig.commits).toHaveLength(1)
    expect(rig.commits[0]?.next).toBe(6)
    const byTopic = Object.groupBy(rig.outputs, (record) => record.topic)
    expect(Object.fromEntries(Object.entries(byTopic).map(([topic, records]) => [topic, records?.length]))).toEqual({
      [BARS_TOPIC]: 2,
      [ALERTS_TOPIC]: 1,
      [LATE_TOPIC]: 1,
      [DEAD_LETTERS_TOPIC]: 1,
      [PRICES_TOPIC]: 1,
    })
    expect(rig.outputs.map((record) => record.partition)).toEqual([3, 3, 3, 3, 3, undefined])
    expect(rig.valuesOf(BARS_TOPIC)[0]).toMatchObject({ symbol: 'TSLA', count: 1, processingTime: 1_000_000 })
  })

  test('keeps what each record brought about, whatever was read after it', async () => {
    const rig = await openRig()
    rig.appendQuote(quote('AAPL', 9, T0 + 20 * MINUTE))
    for (const price of [1, 2]) rig.appendQuote({ ...quote('AAPL', price, T0, T0 + 20 * MINUTE), id: `late ${price}` })
    for (const text of ['no quote', 'none either']) rig.append({ key: text, value: text, ingestTime: T0 })
    for (const symbol of ['MSFT', 'TSLA']) {
      rig.append({ key: null, value: `{"symbol":"${symbol}","price":1,"timestamp":${T0}}`, ingestTime: T0 })
    }
    await rig.poll()
    expect(rig.valuesOf(LATE_TOPIC).map(({ price, id }) => [price, id])).toEqual([
      [1, 'late 1'],
      [2, 'late 2'],
    ])
    const letters = rig.valuesOf(DEAD_LETTERS_TOPIC).map(({ key, value }) => [key, value])
    expect(letters).toEqual(['no quote', 'none either'].map((text) => [btoa(text), btoa(text)]))
    const copies = rig.outputs.filter(({ topic }) => topic === PRICES_TOPIC)
    expect(copies.map(({ key, value }) => [key, JSON.parse(String(value ? Buffer.from(value) : '')).symbol])).toEqual([
      ['MSFT', 'MSFT'],
      ['TSLA', 'TSLA'],
    ])
  })

  test('puts bars of another interval into a topic of their own', async () => {
    const rig = await openRig({ config: { ...DEFAULT_STREAM_CONFIG, barIntervalMs: 5 * MINUTE } })
    rig.appendQuote(quote('TSLA', 430.63, T0))
    rig.appendQuote(quote('TSLA', 444.45, T0 + 6 * MINUTE))
    await rig.poll()
    expect(rig.valuesOf(BARS_TOPIC)).toEqual([])
    expect(rig.valuesOf('stock-bars-5m')).toMatchObject([{ windowStart: T0, windowEnd: T0 + 5 * MINUTE, count: 1 }])
  })

  test('without outputs is not committed until the interval has passed', async () => {
    const rig = await openRig()
    rig.appendQuote(quote('AAPL', 1, T0))
    await rig.poll()
    await rig.tick(1_000_000 + OFFSET_COMMIT_INTERVAL_MS - 1)
    expect(rig.commits).toEqual([])
    await rig.tick(1_000_000 + OFFSET_COMMIT_INTERVAL_MS)
    expect(rig.commits).toMatchObject([{ next: 1, outputs: [] }])
    await rig.tick(1_000_000 + 9 * OFFSET_COMMIT_INTERVAL_MS)
    expect(rig.commits).toHaveLength(1)
  })

  test('without outputs is committed when the run stops', async () => {
    const rig = await openRig()
    rig.appendQuote(quote('AAPL', 1, T0))
    await rig.poll()
    await rig.flush()
    expect(rig.commits).toMatchObject([{ next: 1, outputs: [] }])
    await rig.flush()
    expect(rig.commits).toHaveLength(1)
    rig.appendQuote(quote('AAPL', 1, T0))
    await rig.poll()
    await rig.flush()
    expect(rig.commits[1]).toMatchObject({ next: 2, outputs: [] })
  })
})

describe('a quiet partition', () => {
  test('has its bars closed by the clock, when it is read to its end only', async () => {
    const rig = await openRig()
    rig.appendQuote(quote('AAPL', 1, T0))
    await rig.poll()
    rig.appendQuote(quote('AAPL', 2, T0 + 1))
    await rig.tick(T0 + 30_000)
    expect(rig.commits.flatMap((commit) => commit.outputs)).toEqual([])
    await rig.poll()
    await rig.tick(T0 + 30_000)
    expect(rig.valuesOf(BARS_TOPIC)).toEqual([])
    await rig.tick(T0 + 30_001)
    expect(rig.valuesOf(BARS_TOPIC)).toMatchObject([{ count: 2, closedBy: 'idle', revision: 0 }])
  })

  test('keeps that forced closing for as long as records do not show it', async () => {
    const rig = await openRig()
    rig.appendQuote(quote('AAPL', 1, T0))
    await rig.poll()
    await rig.tick(T0 + 30_000)
    const metadata = rig.committed?.metadata
    rig.appendQuote(quote('AAPL', 1, T0 + 31_000))
    await rig.poll()
    await rig.flush()
    expect(decodeMetadata(metadata ?? '')?.forcedClosings).toEqual([{ offset: 1, kind: 'quiet', clock: T0 + 30_000 }])
    expect(decodeMetadata(rig.committed?.metadata ?? '')?.forcedClosings).toEqual([])
  })

  test('keeps that forced closing over a restart: a later quote revises', async () => {
    const rig = await openRig()
    rig.appendQuote(quote('AAPL', 1, T0))
    await rig.poll()
    await rig.tick(T0 + 30_000)
    await rig.restart()
    await rig.pollAll()
    await rig.tick(T0 + 40_000)
    // Taken in by a log whose clock is behind ours: records alone would not have closed the bar.
    rig.appendQuote(quote('AAPL', 2, T0 + 1))
    await rig.pollAll()
    await rig.end()
    expect(rig.valuesOf(BARS_TOPIC).map(({ count, revision }) => [count, revision])).toEqual([
      [1, 0],
      [2, 1],
    ])
  })
})

describe('opening a partition', () => {
  test('refuses when records were removed that it had not read', async () => {
    const rig = new ProcessorRig(parts)
    const start = {
      topicId: rig.topicId,
      committed: { offset: 5 as Offset, metadata: '' },
      logStart: 8 as Offset,
      logEnd: 20 as Offset,
    }
    await expect(rig.processor.open(rig.partition, start)).rejects.toMatchObject({ code: 'LOG_GAP' })
  })

  test('refuses when the partition ends before what was read of it', async () => {
    const rig = new ProcessorRig(parts)
    const start = {
      topicId: rig.topicId,
      committed: { offset: 5 as Offset, metadata: '' },
      logStart: 0 as Offset,
      logEnd: 2 as Offset,
    }
    await expect(rig.processor.open(rig.partition, start)).rejects.toMatchObject({ code: 'LOG_GAP' })
  })

  test('refuses when the topic was deleted and created again', async () => {
    const rig = await openRig()
    rig.appendQuote(quote('AAPL', 1, T0))
    await rig.poll()
    await rig.flush()
    rig.topicId = 'another id'
    await expect(rig.restart()).rejects.toMatchObject({ code: 'LOG_GAP', fields: { topicId: 'another id' } })
  })

  test.each([
    '?',
    '{"version":3,"decisions":[]}',
    '{"version":2,"topicId":1,"decisions":[]}',
    '{"version":1,"decisions":[[1,9,1]]}',
  ])('goes on with a warning when the metadata is %s', async (metadata) => {
    const warnings: unknown[] = []
    const logger: Logger = { ...silentLogger, warn: (...line: unknown[]) => void warnings.push(line) } as Logger
    const rig = new ProcessorRig({ ...parts, logger })
    rig.appendQuote(quote('AAPL', 1, T0))
    rig.committed = { offset: 1 as Offset, metadata }
    await rig.open()
    expect(warnings).toHaveLength(1)
  })
})

/** What happens to a partition: quotes arrive, it falls quiet, a bounded run ends. */
type Event = { readonly quote: Parameters<ProcessorRig['appendQuote']>[0] } | { readonly quietUntil: number } | 'end'

const events = fc
  .array(
    fc.record({
      symbol: fc.constantFrom('A', 'B', 'C'),
      price: fc.integer({ min: 95, max: 106 }),
      step: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
        fc.integer({ min: 20_000, max: 400_000 }),
      ),
      behind: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100_000 })),
      skew: fc.integer({ min: -40_000, max: 40_000 }),
      total: fc.option(fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.constantFrom(0, 5, 1_000)), { nil: null }),
      size: fc.option(fc.integer({ min: 1, max: 9 }), { freq: 2, nil: null }),
      act: fc.oneof({ weight: 6, arbitrary: fc.constant('quote') }, fc.constantFrom('quiet', 'end')),
    }),
    { maxLength: 40, size: 'max' },
  )
  .map((drawn) => {
    let now = T0
    return drawn.map(({ symbol, price, step, behind, skew, total, size, act }): Event => {
      now += step
      if (act === 'quiet') return { quietUntil: now + skew }
      const volume = { dayVolume: total, size }
      return act === 'end' ? 'end' : { quote: { ...quote(symbol, price, now - behind, now), ...volume } }
    })
  })

/** Plays the events; `before` is asked ahead of each one, and may restart the stream or cut the batches there. */
async function played(
  all: readonly Event[],
  before: (rig: ProcessorRig, index: number) => Promise<void>,
  options: Partial<RigOptions> = {},
) {
  const rig = await openRig(options)
  for (const [index, event] of all.entries()) {
    await before(rig, index)
    if (event !== 'end' && 'quote' in event) {
      rig.appendQuote(event.quote)
      continue
    }
    await rig.pollAll()
    if (event === 'end') await rig.end()
    else await rig.tick(event.quietUntil)
  }
  await before(rig, all.length)
  await rig.pollAll()
  return rig
}

/** Per topic, since only there is an order; without the times of processing, which are nothing to repeat. */
const putOut = (rig: ProcessorRig) => {
  const unstamped = rig.outputs.map(({ value, ...record }) => ({
    ...record,
    value: String(value).replace(/"processingTime":\d+/, ''),
  }))
  return Object.groupBy(unstamped, (record) => record.topic)
}
const pollEach = (rig: ProcessorRig) => rig.pollAll(1)

describe('the outputs are the same', () => {
  test('after a restart at every position', async () => {
    const [all] = fc.sample(
      events.filter((drawn) => drawn.length > 30),
      { numRuns: 1, seed: 7 },
    ) as [Event[]]
    const expected = putOut(await played(all, pollEach))
    expect(expected[BARS_TOPIC]?.length).toBeGreaterThan(10)
    for (let position = 0; position <= all.length; position++) {
      const rig = await played(all, async (running, index) => {
        await running.pollAll(1)
        if (index === position) await running.restart()
      })
      expect(putOut(rig)).toEqual(expected)
    }
  })

  test('after a restart at every position with a state snapshot of every commit', async () => {
    const [all] = fc.sample(
      events.filter((drawn) => drawn.length > 30),
      { numRuns: 1, seed: 8 },
    ) as [Event[]]
    const expected = putOut(await played(all, pollEach))
    let restored = 0
    for (let position = 0; position <= all.length; position++) {
      const rig = await played(all, async (running, index) => {
        await running.pollAll(1)
        await running.flush()
        await running.snapshot()
        if (index === position) await running.restart()
      })
      restored += rig.restored.length
      expect(putOut(rig)).toEqual(expected)
    }
    // The first commits have no snapshot to name yet, and where time stood still none is made.
    expect(restored).toBeGreaterThan(all.length / 2)
  })

  test('however batches are cut, commits lost, snapshots sliced or damaged, and the stream restarted', async () => {
    const plan = fc.array(
      fc.record({
        act: fc.constantFrom('poll', 'lose', 'restart', 'wait', 'flush', 'snapshot', 'turn', 'damage'),
        recordsMax: fc.nat(7),
      }),
      {
        minLength: 1,
      },
    )
    await fc.assert(
      fc.asyncProperty(events, plan, async (all, steps) => {
        const expected = await played(all, pollEach)
        const step = async (running: ProcessorRig, index: number) => {
          const { act, recordsMax } = steps[index % steps.length] as { act: string; recordsMax: number }
          if (act === 'restart') await running.restart()
          else if (act === 'flush') await running.flush()
          else if (act === 'snapshot') await running.snapshot()
          else if (act === 'damage') await running.damageSnapshot()
          else if (act === 'turn') await running.turn()
          else if (act !== 'wait') await running.poll({ recordsMax: recordsMax + 1, lose: act === 'lose' })
        }
        const rig = await played(all, step, { slicing: { ...SERVICE_SLICING, entriesMax: 1, changesMax: 4 } })
        expect(putOut(rig)).toEqual(putOut(expected))
        expect(unaccounted(rig.processor.counters)).toBe(0)
      }),
      { numRuns: 500 },
    )
  })
})
