import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Quote, quoteOf } from '#market/quote'
import { virtualClock } from '#runtime/clock'
import { epochMs } from '#runtime/units'
import { LIVE_BATCH_EVERY_MS, LIVE_BATCH_RECORDS_MAX, QUOTES_WAITING_MAX } from '#services/producer/limits'
import type { SourceRecord } from '#services/producer/sources/quote_source'
import { Intake } from '#services/producer/sources/yahoo/intake'

const START = 1_790_951_460_000
const quote = (i: number, symbol = 'AAPL') =>
  quoteOf({ symbol, price: i + 1, timestamp: epochMs(START + i), size: 1, dayVolume: i })

/** An intake and what is read of it, a batch at a time. */
function opened() {
  const clock = virtualClock(START)
  const stop = new AbortController()
  const intake = new Intake(clock)
  const batches = intake.batches(stop.signal)
  const next = async (): Promise<Quote[] | null> => {
    const { value, done } = await batches.next()
    return done ? null : (value.records as readonly SourceRecord[]).map((record) => JSON.parse(String(record.value)))
  }
  return { clock, intake, stop, batches, next }
}

describe('the intake', () => {
  test('hands on what comes at once after a rest, and then every 100 ms', async () => {
    const { clock, intake, next, stop } = opened()
    const first = next()
    intake.add(quote(0))
    expect(await first).toHaveLength(1)
    const second = next()
    intake.add(quote(1))
    intake.add(quote(2))
    let isDone = false
    void second.then(() => {
      isDone = true
    })
    await clock.advance(LIVE_BATCH_EVERY_MS - 1)
    expect(isDone).toBe(false)
    await clock.advance(1)
    expect(await second).toHaveLength(2)
    const third = next()
    await clock.advance(10 * LIVE_BATCH_EVERY_MS)
    intake.add(quote(3))
    expect(await third).toHaveLength(1)
    stop.abort()
  })

  test('cuts what waits into batches, which follow without a rest', async () => {
    const { intake, next } = opened()
    for (let i = 0; i < LIVE_BATCH_RECORDS_MAX * 2 + 1; i++) intake.add(quote(i))
    expect(await next()).toHaveLength(LIVE_BATCH_RECORDS_MAX)
    expect(await next()).toHaveLength(LIVE_BATCH_RECORDS_MAX)
  })

  test('hands on what waits when it is told to stop, and ends', async () => {
    const { intake, stop, next } = opened()
    intake.add(quote(0))
    stop.abort()
    expect(await next()).toHaveLength(1)
    expect(await next()).toBeNull()
  })

  test('ends at once when nothing waits', async () => {
    const { stop, next } = opened()
    const end = next()
    stop.abort()
    expect(await end).toBeNull()
  })

  test('counts what nobody took', async () => {
    const { intake, batches, next } = opened()
    for (let i = 0; i < LIVE_BATCH_RECORDS_MAX + 7; i++) intake.add(quote(i))
    await next()
    await batches.return(undefined)
    expect(intake.leftOut).toBe(7)
  })

  test('keeps the newest of each symbol when too many wait, in the order in which they came', async () => {
    const { intake, next, stop } = opened()
    intake.add(quote(0, 'ONCE'))
    for (let i = 1; i < QUOTES_WAITING_MAX - 1; i++) intake.add(quote(i, `S${i % 3}`))
    // Late, so not the newest of its symbol.
    intake.add(quote(0, 'S0'))
    intake.add(quote(QUOTES_WAITING_MAX, 'LAST'))
    stop.abort()
    const kept = (await next()) as Quote[]
    expect(kept.map(({ symbol }) => symbol)).toEqual(['ONCE', 'S1', 'S2', 'S0', 'LAST'])
    expect(kept.find(({ symbol }) => symbol === 'S0')?.timestamp).toBeGreaterThan(START)
    // What others were merged into has no size: it is no longer all that was traded.
    expect(kept.map(({ symbol, size }) => [symbol, size ?? null])).toEqual(
      kept.map(({ symbol }) => [symbol, symbol.startsWith('S') ? null : 1]),
    )
    expect(intake.leftOut + kept.length).toBe(QUOTES_WAITING_MAX + 1)
  })
})

test('whatever comes when: nothing is lost that is not counted, nothing doubled, the order is kept', async () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('add' as const),
      count: fc.integer({ min: 1, max: 30_000 }),
      symbols: fc.integer({ min: 1, max: 500 }),
    }),
    fc.constant({ kind: 'take' as const }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const { clock, intake, stop, next } = opened()
      const taken: Quote[] = []
      let added = 0
      for (const each of steps) {
        if (each.kind === 'add') {
          for (let i = 0; i < each.count; i++) intake.add(quote(added++, `S${added % each.symbols}`))
        } else if (added > taken.length + intake.leftOut) {
          const batch = next()
          await clock.advance(LIVE_BATCH_EVERY_MS)
          taken.push(...((await batch) as Quote[]))
        }
      }
      stop.abort()
      for (let batch = await next(); batch !== null; batch = await next()) taken.push(...batch)
      expect(taken.length + intake.leftOut).toBe(added)
      const times = taken.map(({ timestamp }) => timestamp)
      expect(times.every((time, i) => i === 0 || time > (times[i - 1] as number))).toBe(true)
    }),
    { numRuns: 30 },
  )
})
