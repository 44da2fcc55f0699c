// A partition's state as two flat lists, numbers and texts, in the order in which they are read again, and rebuilt with
// the constructors of the state, so that a restored one is as fast as one that grew. `imageOf` is the definition; the
// service makes the same image in slices (sliced_image.ts).
// Invariant: stateOf(imageOf(state)) behaves as the state does. A changed field changes IMAGE_VERSION.

import { SESSIONS, type Session } from '#market/session'
import type { FiredState } from '#services/stream/alerts/evaluation'
import {
  createPriceHistory,
  type PriceHistory,
  priceAt,
  rememberPrice,
  timeAt,
} from '#services/stream/alerts/price_history'

import type { TopologySettings } from '#services/stream/config'
import { type ImageReader, ImageWriter, type StateImage } from '#services/stream/snapshot/image_lists'
import { createPartitionState, type PartitionState } from '#services/stream/state/partition_state'
import { createSymbolState, type SymbolState } from '#services/stream/state/symbol_state'
import { restOf, setRest } from '#services/stream/windows/exact_sum'
import type { IdSet } from '#services/stream/windows/id_set'
import { noTotals } from '#services/stream/windows/volume/day_totals'
import type { SymbolDayVolume, WindowDayVolume } from '#services/stream/windows/volume/day_volume'
import type { WindowPool } from '#services/stream/windows/window_pool'
import type { WindowState } from '#services/stream/windows/window_state'

/** Of the order and meaning of the lists below; an image of another version is of no use. */
export const IMAGE_VERSION = 6

/** The state as it is now; what happens to the state afterwards does not change it. */
export function imageOf(state: PartitionState): StateImage {
  const to = new ImageWriter()
  writePartition(to, state)
  for (const symbol of state.symbols) writeSymbol(to, symbol, symbol)
  return to.image()
}

/** What comes before the symbols. */
export function writePartition(to: ImageWriter, state: PartitionState): void {
  to.number(state.clock)
  to.number(state.oldest)
  to.number(state.newest)
  to.number(state.idleFrom)
  to.number(state.origins.size)
  for (const [partition, offset] of state.origins) {
    to.number(partition)
    to.number(offset)
  }
  to.number(state.symbols.length)
}

/** The state that the image was made of. Throws when the image is none of this version. */
export function stateOf(
  from: ImageReader,
  { partition, settings }: { readonly partition: number; readonly settings: TopologySettings },
): PartitionState {
  const state = createPartitionState(partition, settings)
  state.clock = from.number()
  state.oldest = from.number()
  state.newest = from.number()
  state.idleFrom = from.number()
  for (let left = from.count(); left > 0; left--) state.origins.set(from.number(), from.number())
  const symbols = from.count()
  for (let slot = 0; slot < symbols; slot++) {
    const symbol = readSymbol(from, slot, state)
    state.symbols.push(symbol)
    state.bySymbol.set(symbol.symbol, symbol)
  }
  from.end()
  return state
}

/** Where a symbol stands in the order by last quote: all of it that other symbols' quotes change. */
export type SymbolPlace = Pick<SymbolState, 'before' | 'after' | 'lastIngest'>

/** One symbol, with the place that it had when the image was begun. */
export function writeSymbol(to: ImageWriter, symbol: SymbolState, place: SymbolPlace): void {
  to.text(symbol.symbol)
  to.number(place.before)
  to.number(place.after)
  to.number(place.lastIngest)
  to.number(symbol.maxEventTime)
  to.number(symbol.nextDueAt)
  to.number(symbol.firstWindowStart)
  to.number(symbol.dueWindows)
  to.number(symbol.windows.length)
  for (const window of symbol.windows) writeWindow(to, window, symbol.ids)
  to.optional(symbol.dayVolume, writeSymbolDayVolume)
  to.optional(symbol.prices, writePrices)
  to.optional(symbol.fired, writeFired)
}

function readSymbol(from: ImageReader, slot: number, { ids, windowPool }: PartitionState): SymbolState {
  const symbol = createSymbolState(from.text(), slot, ids)
  symbol.before = from.number()
  symbol.after = from.number()
  symbol.lastIngest = from.number()
  symbol.maxEventTime = from.number()
  symbol.nextDueAt = from.number()
  symbol.firstWindowStart = from.number()
  symbol.dueWindows = from.number()
  for (let left = from.count(); left > 0; left--) symbol.windows.push(readWindow(from, symbol, windowPool))
  symbol.dayVolume = from.optional(readSymbolDayVolume)
  symbol.prices = from.optional(readPrices)
  symbol.fired = from.optional(readFired)
  return symbol
}

function writeWindow(to: ImageWriter, window: WindowState, ids: IdSet): void {
  to.number(window.start)
  to.number(window.end)
  to.number(window.open)
  to.number(window.openTime)
  to.number(window.close)
  to.number(window.closeTime)
  to.number(window.high)
  to.number(window.low)
  to.number(window.count)
  to.number(window.firstOffset)
  to.number(window.lastOffset)
  to.number(window.dueAt)
  to.number(window.complete ? 1 : 0)
  to.number(window.revision)
  to.optional(window.emittedVolume, (_, volume) => to.number(volume))
  to.optional(window.emittedVwap, (_, vwap) => to.number(vwap))
  to.optional(window.emittedSince, (_, since) => to.number(since))
  to.number(window.tradeDate)
  to.number(SESSIONS.indexOf(window.session))
  writeSum(to, window, window.prices)
  to.optional(window.hasSizes ? window : null, writeSizes)
  to.optional(window.dayVolume, writeWindowDayVolume)
  writeIds(to, window.lastId, ids)
}

function readWindow(from: ImageReader, symbol: SymbolState, pool: WindowPool): WindowState {
  const window = pool.take(from.number(), from.number())
  window.open = from.number()
  window.openTime = from.number()
  window.close = from.number()
  window.closeTime = from.number()
  window.high = from.number()
  window.low = from.number()
  window.count = from.number()
  window.firstOffset = from.number()
  window.lastOffset = from.number()
  window.dueAt = from.number()
  window.complete = from.number() === 1
  window.revision = from.number()
  window.emittedVolume = from.optional((image) => image.number())
  window.emittedVwap = from.optional((image) => image.number())
  window.emittedSince = from.optional((image) => image.number())
  window.tradeDate = from.number()
  window.session = SESSIONS[from.number()] as Session
  readSum(from, window, window.prices)
  window.hasSizes = from.optional((image) => readSizes(image, window)) !== null
  window.dayVolume = from.optional(readWindowDayVolume)
  readIds(from, symbol, window)
  return window
}

function writeSum(to: ImageWriter, window: WindowState, place: number): void {
  to.number(window.numbers[place] as number)
  to.number(window.numbers[place + 1] as number)
  to.optional(restOf(window, place), (_, rest) => to.numbers(rest))
}

function readSum(from: ImageReader, window: WindowState, place: number): void {
  window.numbers[place] = from.number()
  window.numbers[place + 1] = from.number()
  const rest = from.optional((image) => image.numbers())
  if (rest !== null) setRest(window, place, rest)
}

function writeSizes(to: ImageWriter, window: WindowState): void {
  writeSum(to, window, window.values)
  writeSum(to, window, window.sizes)
}

function readSizes(from: ImageReader, window: WindowState): true {
  readSum(from, window, window.values)
  readSum(from, window, window.sizes)
  return true
}

/** As the bytes that they are: a partition may have hundreds of thousands, too many to make texts of. */
function writeIds(to: ImageWriter, lastId: number, ids: IdSet): void {
  let count = 0
  ids.each(lastId, () => count++)
  to.number(count)
  ids.each(lastId, (bytes, start, stop) => to.bytes(bytes, start, stop))
}

function readIds(from: ImageReader, symbol: SymbolState, window: WindowState): void {
  for (let left = from.count(); left > 0; left--) {
    window.lastId = symbol.ids.add(symbol.slot, from.bytes(), window.lastId)
    symbol.idCount++
  }
}

function writeWindowDayVolume(to: ImageWriter, own: WindowDayVolume): void {
  to.number(own.hasUnsized ? 1 : 0)
  to.number(own.isThinned ? 1 : 0)
  to.number(own.isOverfull ? 1 : 0)
  to.numbers(own.steps)
}

function readWindowDayVolume(from: ImageReader): WindowDayVolume {
  const [hasUnsized, isThinned, isOverfull] = [from.number() === 1, from.number() === 1, from.number() === 1]
  return { hasUnsized, isThinned, isOverfull, steps: from.numbers(), counted: null }
}

function writeSymbolDayVolume(to: ImageWriter, { dropped, latestDate, latestMax }: SymbolDayVolume): void {
  to.number(dropped.date)
  to.number(dropped.level)
  to.number(dropped.last)
  to.number(dropped.lastAt)
  to.number(dropped.lastBefore)
  to.number(dropped.fellFrom)
  to.number(dropped.countedSince)
  to.number(latestDate)
  to.number(latestMax)
}

function readSymbolDayVolume(from: ImageReader): SymbolDayVolume {
  const dropped = noTotals()
  dropped.date = from.number()
  dropped.level = from.number()
  dropped.last = from.number()
  dropped.lastAt = from.number()
  dropped.lastBefore = from.number()
  dropped.fellFrom = from.number()
  dropped.countedSince = from.number()
  return { dropped, latestDate: from.number(), latestMax: from.number() }
}

function writePrices(to: ImageWriter, history: PriceHistory): void {
  to.number(history.resolutionMs)
  to.number(history.count)
  for (let place = 0; place < history.count; place++) {
    to.number(timeAt(history, place))
    to.number(priceAt(history, place))
  }
}

/** The entries are distinct at the history's resolution already: remembered one by one they stay what they were. */
function readPrices(from: ImageReader): PriceHistory {
  const history = createPriceHistory()
  history.resolutionMs = from.number()
  for (let left = from.count(); left > 0; left--) rememberPrice(history, from.number(), from.number())
  return history
}

function writeFired(to: ImageWriter, fired: readonly (FiredState | null)[]): void {
  to.number(fired.length)
  for (const one of fired) {
    to.optional(one, (_, { level, firedAt, tradeDate }) => {
      to.number(level)
      to.number(firedAt)
      to.number(tradeDate)
    })
  }
}

function readFired(from: ImageReader): (FiredState | null)[] {
  return Array.from({ length: from.count() }, () =>
    from.optional((image) => ({ level: image.number(), firedAt: image.number(), tradeDate: image.number() })),
  )
}
