// Re-keying: all quotes of a symbol must be in one partition, so a quote whose key is not its symbol is published again
// with the right key and a header that names its origin. A copy is taken once, by its origin's offset.

import type { LogRecord, NewRecord } from '#log/event_log'
import { encodeOrigin, ORIGIN_HEADER, originOf } from '#market/headers'
import { PRICES_TOPIC } from '#market/topics'
import type { PartitionState } from '#services/stream/state/partition_state'

/** What a record with a valid quote is here. */
export type Route = 'own' | 'to_be_rekeyed' | 'repetition' | 'wrong_key'

/** Tells what to do with a valid quote by its record's key and origin. Remembers the origin of a copy that is taken. */
export function routeOf(state: PartitionState, record: LogRecord, symbol: string): Route {
  const keyed = isKeyedBy(record.key, symbol)
  const origin = originOf(record, state.partition)
  if (origin === null) return keyed ? 'own' : 'to_be_rekeyed'
  if (!keyed) return 'wrong_key'
  if (origin.offset <= (state.origins.get(origin.partition) ?? -1)) return 'repetition'
  state.origins.set(origin.partition, origin.offset)
  return 'own'
}

/** The copy that is published instead: same value, the symbol as key, the origin beside the headers it had. */
export function rekeyedCopy(state: PartitionState, record: LogRecord, symbol: string): NewRecord {
  const origin = encodeOrigin({ partition: state.partition, offset: record.offset })
  return {
    topic: PRICES_TOPIC,
    key: symbol,
    value: record.value === null ? null : record.value.slice(),
    headers: { ...copied(record.headers), [ORIGIN_HEADER]: origin },
  }
}

function isKeyedBy(key: Uint8Array | null, symbol: string): boolean {
  if (key === null || key.length !== symbol.length) return false
  for (let i = 0; i < key.length; i++) if (key[i] !== symbol.charCodeAt(i)) return false
  return true
}

function copied(headers: LogRecord['headers']): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, value.slice()]))
}
