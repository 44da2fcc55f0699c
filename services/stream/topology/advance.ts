// The flow of one record: decode -> dead letter | re-key | duplicate | late quote | window -> bars -> alerts.
// Pure and deterministic: it changes the partition's state in place and puts plain data out; no I/O, no clock.
// Invariant: the same records in order give the same outputs, however they are cut into batches.

import type { Rejected } from '#market/decoding/decoder'
import { evaluateRules } from '#services/stream/alerts/evaluation'
import type { Outputs } from '#services/stream/outputs'
import type { PartitionState } from '#services/stream/state/partition_state'
import { touch } from '#services/stream/state/symbol_order'
import type { SymbolState } from '#services/stream/state/symbol_state'
import { symbolOf } from '#services/stream/state/symbols'
import type { Arrival } from '#services/stream/topology/arrival'
import { refuse } from '#services/stream/topology/dead_letters'
import { closeIdle, closeSymbols } from '#services/stream/topology/idle'
import { rekeyedCopy, routeOf } from '#services/stream/topology/rekey'
import { settleWindows } from '#services/stream/windows/closing'
import { isDuplicate, rememberId } from '#services/stream/windows/duplicates'
import { latenessOf } from '#services/stream/windows/placement'
import { placeQuote } from '#services/stream/windows/revisions'
import { calendarOf } from '#services/stream/windows/symbol_market'

/** Takes the partition's next record through the flow. Its quote is shown by the view of the settings' decoder. */
export function advance(state: PartitionState, arrival: Arrival, out: Outputs): void {
  advanceDecoded(state, arrival, state.settings.decoder.read(arrival.columns, arrival.row), out)
}

/**
 * The same from the decoded value on: null when the arrival shows its quote. A refused record moves nothing: no clock,
 * no watermark, no state.
 */
export function advanceDecoded(state: PartitionState, arrival: Arrival, rejected: Rejected | null, out: Outputs): void {
  out.counters.read++
  if (rejected !== null) {
    refuse(state, arrival, rejected, out)
    return
  }
  const route = routeOf(state, arrival)
  if (route === 'wrong_key') {
    refuse(state, arrival, WRONG_KEY, out)
    return
  }
  out.counters.valid++
  advanceClock(state, arrival.ingestTime, out)
  if (route === 'own') applyQuote(state, arrival, out)
  else if (route === 'to_be_rekeyed') putCopy(state, arrival, out)
  else out.counters.repetitions++
}

/**
 * A quiet partition: closes what is idle at `now`, ahead of any record that would show that time. Only records move the
 * clock itself.
 */
export function advanceQuietClock(state: PartitionState, now: number, out: Outputs): void {
  closeIdle(state, now, out)
}

/**
 * The end of a bounded run: closes every open window, and puts out the revisions that are due. A quote after that
 * revises.
 */
export function drain(state: PartitionState, out: Outputs): void {
  closeSymbols(state, 'drain', out)
}

/**
 * The clock moves before the record is applied, so what it closes is the same wherever the batch or partition is cut.
 */
function advanceClock(state: PartitionState, ingestTime: number, out: Outputs): void {
  if (ingestTime > state.clock) state.clock = ingestTime
  closeIdle(state, state.clock, out)
}

function applyQuote(state: PartitionState, arrival: Arrival, out: Outputs): void {
  const { quote } = arrival
  const symbol = symbolOf(state, quote, out)
  if (quote.hasId && isDuplicate(symbol, quote)) {
    out.counters.duplicates++
    return
  }
  state.image?.keep(symbol)
  touch(state, symbol)
  const lateBy = latenessOf(state.settings, symbol, quote.timestamp)
  if (lateBy >= 0) putLate(state, arrival, lateBy, out)
  else applyTimely(state, symbol, arrival, out)
}

function applyTimely(state: PartitionState, symbol: SymbolState, arrival: Arrival, out: Outputs): void {
  out.counters.placed++
  const { quote } = arrival
  const eventTime = quote.timestamp
  arrival.inOrder = eventTime >= symbol.maxEventTime
  if (arrival.inOrder) symbol.maxEventTime = eventTime
  arrival.calendar = calendarOf(state.settings.calendars, symbol, quote)
  const window = placeQuote(state, symbol, arrival, out)
  settleWindows(state, symbol, out)
  if (quote.hasId) rememberId(symbol, window, quote, out)
  if (arrival.inOrder) evaluateRules(state.ruleSet, symbol, arrival, out)
}

function putLate(state: PartitionState, { quote, offset, ingestTime }: Arrival, lateBy: number, out: Outputs): void {
  out.counters.late++
  const place = { originPartition: state.partition, originOffset: offset, ingestTime }
  out.late.push({ quote: quote.toQuote(), lateBy, ...place })
}

function putCopy(state: PartitionState, arrival: Arrival, out: Outputs): void {
  out.counters.rekeyed++
  out.copies.push(rekeyedCopy(state, arrival))
}

const WRONG_KEY = { reason: 'wrong_key', detail: 'a re-keyed copy whose key is not its symbol' } as const
