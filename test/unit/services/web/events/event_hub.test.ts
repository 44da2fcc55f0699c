// The event stream: what viewers are told, whoever reads slowly, never, or comes back.

import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { virtualClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { BarRow, FlowState, StreamEvents, SymbolRow } from '#services/web/api'
import { EventHub } from '#services/web/events/event_hub'
import { BEAT_MS, FRAMES_MADE_MAX, TICK_MS, VIEWER_STALLED_MS, VIEWERS_MAX } from '#services/web/events/limits'
import { EventReader, eventsIn } from '#support/web/event_reader'
import { alertOf, barAt, type DriverOptions, LiveDriver, NOON } from '#support/web/live_driver'

function stage(options: DriverOptions = {}) {
  const driver = new LiveDriver(options)
  const clock = virtualClock(NOON)
  const logged: string[] = []
  const logger = { ...silentLogger, error: (...words: unknown[]) => void logged.push(String(words[1])) }
  const hub = new EventHub({ live: driver.records, clock, logger, build: 'b1', sql: true })
  const watch = (symbol: string | null, after: string | null = null) => new EventReader(hub.open({ symbol, after }))
  const read = (symbol: string | null, after: string | null = null) => {
    const reader = watch(symbol, after)
    void reader.takeAll()
    return reader
  }
  /** Whoever reads has asked for more before the tick, and has got it after. */
  const tick = async () => {
    await nextTurn()
    await clock.advance(TICK_MS)
    await nextTurn()
  }
  return { driver, clock, hub, watch, read, tick, logged }
}

const rowOf = (symbol: string, price: number) => expect.objectContaining({ symbol, price }) as SymbolRow

describe('a viewer', () => {
  test('is greeted, then told what changes, at most once a tick', async () => {
    const { driver, read, tick } = stage()
    driver.quote('AAPL', 99, 0)
    const reader = read('AAPL')
    await tick()
    expect(reader.events).toEqual([
      { name: 'hello', data: { build: 'b1', sql: true, now: NOON, historyVersion: null }, lastId: expect.any(String) },
      expect.objectContaining({
        name: 'forming',
        data: { symbol: 'AAPL', bar: expect.objectContaining({ close: 99 }) },
      }),
      expect.objectContaining({ name: 'symbols', data: { rows: [rowOf('AAPL', 99)] } }),
    ])
    for (const price of [100, 101, 102]) driver.quote('AAPL', price, 1_000)
    driver.quote('TSLA', 200, 1_000)
    await tick()
    expect(reader.of('quotes')).toEqual([{ now: NOON + 2 * TICK_MS, rows: [['AAPL', 102, NOON + 1_000, 4]] }])
    expect(reader.of('symbols').at(-1)).toEqual({ rows: [rowOf('TSLA', 200)] })
    expect(reader.of('forming')).toHaveLength(2)
  })

  test('is told the bars of its symbol alone, as answers have them, and the alerts of all', async () => {
    const { driver, read, tick } = stage()
    const [one, other, none] = [read('AAPL'), read('TSLA'), read(null)]
    driver.bar('AAPL', barAt(1))
    driver.bar('AAPL', { ...barAt(1, { revision: 1 }), volumeSince: NOON })
    driver.alert(alertOf('a'))
    await tick()
    expect(one.of('bars')).toEqual([{ symbol: 'AAPL', bars: [barAt(1, { revision: 1 })] }])
    expect([other.of('bars'), none.of('bars')]).toEqual([[], []])
    for (const reader of [one, other, none]) expect(reader.of('alerts')).toEqual([{ alerts: [alertOf('a')] }])
  })

  test('is told that its forming bar is over', async () => {
    const { driver, read, tick } = stage()
    const reader = read('AAPL')
    driver.quote('AAPL', 100, 0)
    await tick()
    driver.bar('AAPL', barAt(0))
    await tick()
    expect(reader.of('forming').at(-1)).toEqual({ symbol: 'AAPL', bar: null })
  })

  test('sees the flow that is there, and each one that comes', async () => {
    const { hub, read, tick } = stage()
    hub.showFlow({ trouble: 'first' } as FlowState)
    const reader = read(null)
    await tick()
    hub.showFlow({ trouble: 'second' } as FlowState)
    hub.showFlow({ trouble: 'third' } as FlowState)
    await tick()
    expect(reader.of('flow').map(({ trouble }) => trouble)).toEqual(['first', 'third'])
  })

  test('hears that the connection is there when there is nothing to say', async () => {
    const { clock, read } = stage()
    const reader = read(null)
    await clock.advance(3 * BEAT_MS + TICK_MS)
    expect(reader.of('beat').map(({ now }) => now - NOON)).toEqual([BEAT_MS, 2 * BEAT_MS, 3 * BEAT_MS])
  })

  test('that goes away is forgotten, and without viewers nothing is done', async () => {
    const { driver, hub, read, clock } = stage()
    const { board } = driver.records
    await clock.advance(10_000)
    expect(board.tick).toBe(1)
    const reader = read(null)
    await clock.advance(10_000)
    const { tick } = board
    expect(tick).toBeGreaterThan(30)
    await reader.leave()
    expect(hub.counts.viewers).toBe(0)
    await clock.advance(10_000)
    expect(board.tick).toBeLessThanOrEqual(tick + 1)
    read(null)
    await clock.advance(10_000)
    expect(board.tick).toBeGreaterThan(tick + 30)
  })

  test('is refused when there are too many, and let in again when one has gone', async () => {
    const { hub, read } = stage()
    const readers = Array.from({ length: VIEWERS_MAX }, () => read(null))
    expect(() => read(null)).toThrow(expect.objectContaining({ status: 503, code: 'TOO_MANY_VIEWERS' }))
    await readers[0]?.leave()
    read(null)
    hub.close()
    expect(hub.counts.viewers).toBe(0)
  })
})

test('a bug in a tick ends the streams, is logged, and ends nothing else', async () => {
  const { driver, hub, read, tick, logged } = stage()
  const reader = read(null)
  driver.records.board.moveTo = () => {
    throw new Error('a bug')
  }
  await tick()
  expect(reader.ended).toBe(true)
  expect(hub.counts.viewers).toBe(0)
  expect(logged).toEqual([expect.stringContaining('a bug')])
})

describe('a viewer that does not read', () => {
  test('is owed nothing, and gets one frame of all that changed when it reads', async () => {
    const { driver, hub, watch, read, tick } = stage()
    driver.quote('AAPL', 1, 0)
    const [slow, quick] = [watch('AAPL'), read('AAPL')]
    await tick()
    for (let n = 0; n < 100; n++) {
      driver.quote('AAPL', 100 + n, n)
      if (n === 50) driver.quote('TSLA', 200, n)
      if (n === 60) driver.bar('AAPL', barAt(-5))
      await tick()
    }
    expect(hub.counts.waits).toBeGreaterThanOrEqual(100)
    expect(quick.of('quotes')).toHaveLength(100)
    await slow.take()
    expect(slow.events.map(({ name }) => name)).toEqual(['hello'])
    const [news] = await Promise.all([slow.take(), tick()])
    expect(news).toBeUndefined()
    await slow.take()
    expect(slow.of('quotes')).toHaveLength(0)
    expect(slow.of('bars')).toEqual([{ symbol: 'AAPL', bars: [barAt(-5)] }])
    expect(slow.of('symbols').at(-1)?.rows).toEqual([rowOf('AAPL', 199), rowOf('TSLA', 200)])
  })

  test('waits for a later tick when too many stand each at another place', async () => {
    const { driver, watch, tick } = stage()
    const slow: EventReader[] = []
    for (let n = 0; n < 2 * FRAMES_MADE_MAX; n++) {
      const reader = watch(null)
      await reader.take()
      slow.push(reader)
      driver.quote('AAPL', 100 + n, n)
      await tick()
    }
    driver.quote('AAPL', 500, 500)
    for (const reader of slow) void reader.takeAll()
    const told = () => slow.filter((reader) => lastPrices(reader).AAPL === 500).length
    await tick()
    expect(told()).toBeLessThanOrEqual(FRAMES_MADE_MAX)
    expect(told()).toBeGreaterThan(0)
    for (let n = 0; n < 2; n++) await tick()
    expect(told()).toBe(slow.length)
  })

  test('is let go after a while', async () => {
    const { clock, hub, watch, read } = stage()
    watch(null)
    read(null)
    await clock.advance(VIEWER_STALLED_MS + TICK_MS)
    expect(hub.counts.viewers).toBe(1)
  })

  test('has to ask anew when what it missed is not at hand any more', async () => {
    const { driver, hub, watch, tick } = stage({ barsKeptMax: 10 })
    const slow = watch('AAPL')
    await slow.take()
    await tick()
    for (let n = 0; n < 11; n++) driver.bar('TSLA', barAt(n))
    await Promise.all([slow.take(), tick()])
    expect(slow.of('reload')).toHaveLength(1)
    expect(hub.counts.reloads).toBe(1)
    driver.bar('AAPL', barAt(20))
    await Promise.all([slow.take(), tick()])
    expect(slow.of('bars')).toEqual([{ symbol: 'AAPL', bars: [barAt(20)] }])
  })
})

describe('a viewer that comes back', () => {
  test('gets the bars and alerts that it missed at once, and the quotes of all that changed', async () => {
    const { driver, watch, read, tick } = stage()
    driver.quote('AAPL', 1, 0)
    driver.quote('TSLA', 2, 0)
    const first = read('AAPL')
    await tick()
    const position = first.events.at(-1)?.lastId ?? ''
    await first.leave()
    driver.bar('AAPL', { ...barAt(1), volumeSince: NOON })
    driver.bar('TSLA', barAt(1))
    driver.alert(alertOf('a'))
    driver.quote('TSLA', 3, 1)
    const second = watch('AAPL', position)
    await second.take()
    expect(second.of('bars')).toEqual([{ symbol: 'AAPL', bars: [barAt(1)] }])
    expect(second.of('alerts')).toEqual([{ alerts: [alertOf('a')] }])
    void second.takeAll()
    await tick()
    const told = second.of('symbols').flatMap(({ rows }) => rows.map(({ symbol }) => symbol))
    // An alert is more than a price: so AAPL comes as a row.
    expect(told).toEqual(['AAPL'])
    expect(second.of('quotes').flatMap(({ rows }) => rows.map(([symbol, price]) => [symbol, price]))).toEqual([
      ['TSLA', 3],
    ])
  })

  test('goes on in another process, where all symbols are news', async () => {
    const { driver, read, tick } = stage()
    driver.bar('AAPL', barAt(1))
    const first = read('AAPL')
    await tick()
    driver.quote('AAPL', 1, 0)
    await tick()
    const after = first.events.at(-1)?.lastId ?? ''
    const next = stage({ id: 'those', starts: 0 })
    next.driver.bar('AAPL', barAt(1))
    next.driver.bar('AAPL', barAt(2))
    next.driver.quote('AAPL', 2, 1)
    const second = next.read('AAPL', after)
    await next.tick()
    expect(second.of('bars')).toEqual([{ symbol: 'AAPL', bars: [barAt(2)] }])
    expect(second.of('symbols')).toEqual([{ rows: [rowOf('AAPL', 2)] }])
    expect(second.of('reload')).toEqual([])
  })

  test('has to ask anew with a position that is not at hand, is of other topics, or is none', async () => {
    const { driver, read, tick } = stage()
    driver.bar('AAPL', barAt(1))
    const first = read('AAPL')
    await tick()
    const after = first.events.at(-1)?.lastId ?? ''
    const later = stage({ starts: 5 })
    // The log has let go of it before this process read it.
    const gone = stage({ starts: 5, logStart: 5 })
    const other = stage()
    other.driver.records.bars.begin({ topicId: 'anew', logStarts: [], starts: [] })
    other.driver.records.gap()
    const readers = [later, gone, other].map((each) => each.read('AAPL', after))
    readers.push(other.read('AAPL', 'nonsense'))
    await Promise.all([later, gone, other].map((each) => each.tick()))
    for (const reader of readers) expect(reader.events.map(({ name }) => name)).toEqual(['hello', 'reload'])
  })

  test('is told when a topic is made anew while it watches', async () => {
    const { driver, read, tick } = stage()
    const reader = read('AAPL')
    await tick()
    driver.records.bars.begin({ topicId: 'anew', logStarts: [], starts: [] })
    driver.records.gap()
    await tick()
    expect(reader.of('reload')).toHaveLength(1)
  })
})

describe('whatever happens', () => {
  const quotes = fc.record({
    kind: fc.constant('quote' as const),
    symbol: fc.constantFrom('A', 'B', 'C'),
    price: fc.integer({ min: 1, max: 99 }),
  })
  const steps = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: quotes },
      { weight: 2, arbitrary: fc.constant({ kind: 'tick' as const }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'read' as const }) },
    ),
    { maxLength: 60 },
  )

  test('no last price is lost to a viewer, however slowly it reads', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const { driver, watch, tick, hub } = stage()
        const reader = watch(null)
        let asking = Promise.resolve()
        for (const [n, step] of given.entries()) {
          if (step.kind === 'quote') driver.quote(step.symbol, step.price, n)
          else if (step.kind === 'tick') await tick()
          else asking = asking.then(() => reader.take())
        }
        void asking.then(() => reader.takeAll())
        for (let n = 0; n < 3; n++) await tick()
        expect(lastPrices(reader)).toEqual(pricesOf(driver))
        hub.close()
      }),
      { numRuns: 100 },
    )
  })

  const bars = fc.array(
    fc.record({
      symbol: fc.constantFrom('A', 'B'),
      minute: fc.nat(5),
      partition: fc.nat(1),
      ticks: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  )

  test('a page that is cut off anywhere, and comes back, has every bar once, in its last revision', async () => {
    await fc.assert(
      fc.asyncProperty(bars, fc.infiniteStream(fc.nat(1_000)), async (given, cuts) => {
        const { driver, hub, read, tick } = stage()
        const page = new Page(driver.records.position())
        const truth = new Map<number, BarRow>()
        let reader = read('A', page.position)
        for (const { symbol, minute, partition, ticks } of given) {
          const { windowStart } = barAt(minute)
          const revision = symbol === 'A' ? (truth.get(windowStart)?.revision ?? -1) + 1 : 0
          const bar = barAt(minute, { revision })
          driver.bar(symbol, bar, partition)
          if (symbol === 'A') truth.set(windowStart, bar)
          if (!ticks) continue
          await tick()
          // Of what was sent the page has got a part, down to the byte.
          page.hear(reader.text.slice(0, ((cuts.next().value ?? 0) / 1_000) * reader.text.length))
          await reader.leave()
          reader = read('A', page.position)
        }
        await tick()
        page.hear(reader.text)
        expect(page.reloads).toBe(0)
        expect(page.bars).toEqual(truth)
        hub.close()
      }),
      { numRuns: 100 },
    )
  })
})

/** What a page keeps. */
class Page {
  readonly bars = new Map<number, BarRow>()
  position: string
  reloads = 0

  /** It has asked for what there was, and its answers stood there. */
  constructor(position: string) {
    this.position = position
  }

  hear(text: string): void {
    for (const { name, data, lastId } of eventsIn(text)) {
      if (lastId !== '') this.position = lastId
      if (name === 'reload') this.reloads++
      if (name === 'bars') for (const bar of (data as StreamEvents['bars']).bars) this.#take(bar)
    }
  }

  #take(bar: BarRow): void {
    if ((this.bars.get(bar.windowStart)?.revision ?? -1) < bar.revision) this.bars.set(bar.windowStart, bar)
  }
}

function lastPrices(reader: EventReader): Record<string, number> {
  const prices: Record<string, number> = {}
  for (const { name, data } of reader.events) {
    if (name === 'symbols') for (const row of (data as StreamEvents['symbols']).rows) prices[row.symbol] = row.price
    if (name === 'quotes') for (const [symbol, price] of (data as StreamEvents['quotes']).rows) prices[symbol] = price
  }
  return prices
}

function pricesOf({ records: { board } }: LiveDriver): Record<string, number> {
  return Object.fromEntries(
    board.rowsAfter(0).map((each) => [board.row(each, NOON).symbol, board.row(each, NOON).price]),
  )
}
