// Re-keying: all quotes of a symbol must be in one partition, so a quote whose key is not its symbol is published again
// with the right key and a header that names its origin. A copy is taken once, by its origin's offset.

import { ABSENT, type NewRecord, type RecordHeaders } from '#log/event_log'
import { encodeOrigin, ORIGIN_HEADER, originOf } from '#market/headers'
import { PRICES_TOPIC } from '#market/topics'
import type { PartitionState } from '#services/stream/state/partition_state'
import type { Arrival } from '#services/stream/topology/arrival'

/** What a record with a valid quote is here. */
export type Route = 'own' | 'to_be_rekeyed' | 'repetition' | 'wrong_key'

/** Tells what to do with a valid quote by its record's key and origin. Remembers the origin of a copy that is taken. */
export function routeOf(state: PartitionState, arrival: Arrival): Route {
  const keyed = isKeyedBy(arrival, arrival.quote.symbol)
  const origin = arrival.headers === null ? null : originOf(arrival, state.partition)
  if (origin === null) return keyed ? 'own' : 'to_be_rekeyed'
  if (!keyed) return 'wrong_key'
  if (origin.offset <= (state.origins.get(origin.partition) ?? -1)) return 'repetition'
  state.origins.set(origin.partition, origin.offset)
  return 'own'
}

/** The copy that is published instead: same value, the symbol as key, the origin beside the headers it had. */
export function rekeyedCopy(state: PartitionState, arrival: Arrival): NewRecord {
  const { offset, value, headers } = arrival.toRecord()
  const origin = encodeOrigin({ partition: state.partition, offset })
  return {
    topic: PRICES_TOPIC,
    key: arrival.quote.symbol,
    value: value === null ? null : value.slice(),
    headers: { ...copied(headers), [ORIGIN_HEADER]: origin },
  }
}

/** Whether the record's key is the symbol's characters. */
function isKeyedBy({ columns, row }: Arrival, symbol: string): boolean {
  const { bytes } = columns
  const start = columns.keyStarts[row] as number
  if (start === ABSENT || (columns.keyEnds[row] as number) - start !== symbol.length) return false
  for (let i = 0; i < symbol.length; i++) if (bytes[start + i] !== symbol.charCodeAt(i)) return false
  return true
}

function copied(headers: RecordHeaders | null): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, value.slice()]))
}
