// The flow of one record: decode -> dead letter | re-key | duplicate | late quote | window -> bars -> alerts.
// Pure and deterministic: it changes the partition's state in place and puts plain data out; no I/O, no clock.
// Invariant: the same records in order give the same outputs, however they are cut into batches.

import type { LogRecord } from '#log/event_log'
import type { Decoded, Rejected } from '#market/decoding/decoder'
import { isReplayed } from '#market/headers'
import type { Quote } from '#market/quote'
import { evaluateRules } from '#services/stream/alerts/evaluation'
import type { Outputs } from '#services/stream/outputs'
import type { PartitionState } from '#services/stream/state/partition_state'
import { touch } from '#services/stream/state/symbol_order'
import type { SymbolState } from '#services/stream/state/symbol_state'
import { symbolOf } from '#services/stream/state/symbols'
import { refuse } from '#services/stream/topology/dead_letters'
import { closeIdle, closeSymbols } from '#services/stream/topology/idle'
import { rekeyedCopy, routeOf } from '#services/stream/topology/rekey'
import { settleWindows } from '#services/stream/windows/closing'
import { isDuplicate, rememberId } from '#services/stream/windows/duplicates'
import { latenessOf } from '#services/stream/windows/placement'
import { placeQuote } from '#services/stream/windows/revisions'

/** Takes the partition's next record through the flow. */
export function advance(state: PartitionState, record: LogRecord, out: Outputs): void {
  advanceDecoded(state, record, state.settings.decoder.decode(record), out)
}

/** The same from the decoded value on. A refused record moves nothing: no clock, no watermark, no state. */
export function advanceDecoded(
  state: PartitionState,
  record: LogRecord,
  decoded: Decoded | Rejected,
  out: Outputs,
): void {
  out.counters.read++
  if (decoded.kind === 'rejected') {
    refuse(state, record, decoded, out)
    return
  }
  const { quote } = decoded
  const route = routeOf(state, record, quote.symbol)
  if (route === 'wrong_key') {
    refuse(state, record, WRONG_KEY, out)
    return
  }
  out.counters.valid++
  advanceClock(state, record.timestamp, out)
  if (route === 'own') applyQuote(state, record, quote, out)
  else if (route === 'to_be_rekeyed') putCopy(state, record, quote, out)
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

function applyQuote(state: PartitionState, record: LogRecord, quote: Quote, out: Outputs): void {
  const symbol = symbolOf(state, quote.symbol, out)
  if (quote.id !== null && isDuplicate(symbol, quote.id)) {
    out.counters.duplicates++
    return
  }
  state.image?.keep(symbol)
  touch(state, symbol)
  const lateBy = latenessOf(state.settings, symbol, quote.timestamp)
  if (lateBy >= 0) putLate(state, record, { quote, lateBy }, out)
  else applyTimely(state, symbol, { record, quote }, out)
}

function applyTimely(
  state: PartitionState,
  symbol: SymbolState,
  { record, quote }: { readonly record: LogRecord; readonly quote: Quote },
  out: Outputs,
): void {
  out.counters.placed++
  const inOrder = quote.timestamp >= symbol.maxEventTime
  const replayed = isReplayed(record.headers)
  const placed = { quote, offset: record.offset, ingestTime: record.timestamp, replayed, inOrder }
  if (inOrder) symbol.maxEventTime = quote.timestamp
  const window = placeQuote(state.settings, symbol, placed, out)
  settleWindows(state.settings, symbol, out)
  if (quote.id !== null) rememberId(symbol, window, quote.id, out)
  if (inOrder) evaluateRules(state.ruleSet, symbol, placed, out)
}

function putLate(
  state: PartitionState,
  record: LogRecord,
  late: { readonly quote: Quote; readonly lateBy: number },
  out: Outputs,
): void {
  out.counters.late++
  const place = { originPartition: state.partition, originOffset: record.offset, ingestTime: record.timestamp }
  out.late.push({ ...late, ...place })
}

function putCopy(state: PartitionState, record: LogRecord, quote: Quote, out: Outputs): void {
  out.counters.rekeyed++
  out.copies.push(rekeyedCopy(state, record, quote.symbol))
}

const WRONG_KEY = { reason: 'wrong_key', detail: 'a re-keyed copy whose key is not its symbol' } as const
