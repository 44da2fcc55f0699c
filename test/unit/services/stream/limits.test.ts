// What happens at the limits: a clear outcome, counted, never a crash.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_SYMBOL_NUMBER } from '#market/decoding/quote_view'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { FORCED_CLOSINGS_MAX, ID_CHARS_MAX, SEEN_IDS_MAX } from '#services/stream/limits'
import { createOutputs } from '#services/stream/outputs'
import { decodeMetadata, encodeMetadata } from '#services/stream/partition/commit_metadata'
import { addForcedClosing, type ForcedClosing, settleForcedClosings } from '#services/stream/partition/forced_closings'
import { createPartitionState, type PartitionState } from '#services/stream/state/partition_state'
import { sizeOf } from '#services/stream/state/state_size'
import { touch } from '#services/stream/state/symbol_order'
import { symbolOf } from '#services/stream/state/symbols'
import { createTopologyDriver } from '#services/stream/topology_driver'

const T0 = Date.UTC(2026, 0, 6, 15)

const newState = () => createPartitionState(0, { ...DEFAULT_STREAM_CONFIG, rules: [] })
const namesOf = (state: PartitionState) => state.symbols.map(({ symbol }) => symbol)
const withoutNumber = (symbol: string) => ({ symbol, symbolNumber: NO_SYMBOL_NUMBER })

describe('symbols', () => {
  test('beyond the limit push out the one that was silent for longest', () => {
    const state = newState()
    const out = createOutputs()
    for (const name of ['A', 'B', 'C', 'A', 'D', 'B']) touch(state, symbolOf(state, withoutNumber(name), out, 3))
    expect([...state.bySymbol.keys()]).toEqual(['A', 'D', 'B'])
    expect(namesOf(state)).toEqual(['A', 'D', 'B'])
    expect(out.counters.symbolsForgotten).toBe(2)
  })

  test('that are pushed out take their ids with them', () => {
    const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules: [] })
    const quote = (symbol: string) => driver.quote({ symbol, price: 1, timestamp: T0, id: '1' })
    for (const symbol of ['A', 'B', 'A']) quote(symbol)
    expect(driver.counters.duplicates).toBe(1)
    expect(sizeOf(driver.state).ids).toBe(2)
    symbolOf(driver.state, withoutNumber('C'), createOutputs(), 2)
    expect(sizeOf(driver.state).ids).toBe(1)
    quote('C')
    quote('A')
    expect(driver.counters.duplicates).toBe(1)
  })

  const names = fc.array(fc.record({ symbol: fc.constantFrom('A', 'B', 'C', 'D', 'E'), numbered: fc.boolean() }), {
    maxLength: 40,
  })

  test('are the same by number, by text, and now so and now so, also those that come back', () => {
    fc.assert(
      fc.property(names, (quotes) => {
        const [byText, byBoth] = [newState(), newState()]
        const [expected, out] = [createOutputs(), createOutputs()]
        for (const { symbol, numbered } of quotes) {
          touch(byText, symbolOf(byText, withoutNumber(symbol), expected, 3))
          const symbolNumber = numbered ? 1_000 * symbol.charCodeAt(0) : NO_SYMBOL_NUMBER
          const found = symbolOf(byBoth, { symbol, symbolNumber }, out, 3)
          touch(byBoth, found)
          expect(found.symbol).toBe(symbol)
          expect(namesOf(byBoth)).toEqual(namesOf(byText))
        }
        expect(out).toEqual(expected)
      }),
    )
  })
})

describe('ids', () => {
  test('that are too long are not remembered, and counted', () => {
    const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG })
    const id = 'x'.repeat(ID_CHARS_MAX + 1)
    for (let n = 0; n < 2; n++) driver.quote({ symbol: 'A', price: 1, timestamp: T0, id })
    expect(driver.counters).toMatchObject({ duplicates: 0, idsNotKept: 2, placed: 2 })
  })

  test.each([
    ['語', ID_CHARS_MAX],
    ['\ud83d\ude00', ID_CHARS_MAX / 2],
    ['\ud800', ID_CHARS_MAX],
    ['x', ID_CHARS_MAX],
  ])('of %j are as long as they have UTF-16 characters', (char, longest) => {
    const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG })
    const give = (id: string) => driver.quote({ symbol: 'A', price: 1, timestamp: T0, id })
    for (let n = 0; n < 2; n++) give(char.repeat(longest))
    expect(driver.counters).toMatchObject({ duplicates: 1, idsNotKept: 0 })
    for (let n = 0; n < 2; n++) give(`${char.repeat(longest)}1`)
    expect(driver.counters).toMatchObject({ duplicates: 1, idsNotKept: 2 })
  })

  test('that look alike in UTF-8 are different ones, and digits are the same in quotes and without', () => {
    const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG })
    const give = (id: string) => {
      driver.record({ key: 'A', value: `{"symbol":"A","price":1,"timestamp":${T0},"id":${id}}`, ingestTime: T0 })
    }
    for (const id of ['"\\ud800"', '"\\udbff"', '"\\ufffd"', '"\ufffd"', '"\\u0041"', '"A"', '"a"']) give(id)
    expect(driver.counters).toMatchObject({ placed: 5, duplicates: 2 })
    for (const id of ['12345678901234567890', '"12345678901234567890"', '7', '"7"', '"07"', '-7', '"-7"']) give(id)
    expect(driver.counters).toMatchObject({ placed: 9, duplicates: 5 })
  })

  test('beyond the limit are not remembered, and there is room again when windows are dropped', () => {
    const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules: [] })
    const give = (id: number, timestamp: number) => driver.quote({ symbol: 'A', price: 1, timestamp, id: String(id) })
    for (let n = 0; n <= SEEN_IDS_MAX; n++) give(n, T0)
    give(0, T0)
    give(SEEN_IDS_MAX, T0)
    expect(driver.counters).toMatchObject({ duplicates: 1, idsNotKept: 2 })
    give(0, T0 + 3_600_000)
    expect(driver.counters.duplicates).toBe(2)
    give(-1, T0 + 3_600_000)
    give(0, T0 + 3_600_000)
    expect(driver.counters).toMatchObject({ duplicates: 2 })
  })
})

describe('forced closings', () => {
  const quiet = (offset: number, clock: number): ForcedClosing => ({ offset, kind: 'quiet', clock })

  test('survive the metadata', () => {
    const forcedClosings = [quiet(1, T0), { offset: 5, kind: 'drain', clock: 0 } as const]
    const metadata = { topicId: 'an id', snapshot: 7, forcedClosings }
    expect(decodeMetadata(encodeMetadata(metadata))).toEqual(metadata)
    expect(decodeMetadata('')).toEqual({ topicId: null, snapshot: null, forcedClosings: [] })
    expect(decodeMetadata('{"version":1,"decisions":[[1,0,5]]}')?.forcedClosings).toEqual([quiet(1, 5)])
  })

  test('at one offset become the last of them, unless the partition was drained', () => {
    const drained = { offset: 1, kind: 'drain', clock: 0 } as const
    expect(addForcedClosing([quiet(1, 5)], quiet(1, 6))).toEqual([quiet(1, 6)])
    expect(addForcedClosing([quiet(1, 5)], quiet(2, 6))).toEqual([quiet(1, 5), quiet(2, 6)])
    expect(addForcedClosing([quiet(1, 5)], drained)).toEqual([quiet(1, 5), drained])
  })

  test('are forgotten when the next record decides as much', () => {
    expect(settleForcedClosings([quiet(1, 5), quiet(2, 9)], 9)).toEqual([quiet(1, 5)])
    expect(settleForcedClosings([quiet(2, 9)], 8)).toEqual([quiet(2, 9)])
  })

  test('beyond the limit lose the oldest', () => {
    let forcedClosings: readonly ForcedClosing[] = []
    for (let n = 0; n <= FORCED_CLOSINGS_MAX; n++) forcedClosings = addForcedClosing(forcedClosings, quiet(n, n))
    expect(forcedClosings).toHaveLength(FORCED_CLOSINGS_MAX)
    expect(forcedClosings[0]).toEqual(quiet(1, 1))
  })
})
