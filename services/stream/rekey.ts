// Re-keying: all quotes of a symbol must be in one partition, so a quote whose key is not its symbol is published again
// with the right key and a header that names its origin. A copy is taken once, by its origin's offset.

import type { LogRecord, NewRecord } from '#log/event_log'
import { ORIGIN_HEADER, PRICES_TOPIC } from '#market/topics'
import { ORIGIN_PARTITIONS_MAX } from '#services/stream/limits'
import type { PartitionState } from '#services/stream/partition_state'

/** What a record with a valid quote is here. */
export type Route = 'own' | 'to_be_rekeyed' | 'repetition' | 'wrong_key'

/** Tells what to do with a valid quote by its record's key and origin. Remembers the origin of a copy that is taken. */
export function routeOf(state: PartitionState, record: LogRecord, symbol: string): Route {
  const header = record.headers === null ? undefined : record.headers[ORIGIN_HEADER]
  const keyed = isKeyedBy(record.key, symbol)
  if (header === undefined) return keyed ? 'own' : 'to_be_rekeyed'
  if (!keyed) return 'wrong_key'
  const origin = parseOrigin(header)
  if (origin === null) return 'own'
  if (origin.offset <= (state.origins.get(origin.partition) ?? -1)) return 'repetition'
  state.origins.set(origin.partition, origin.offset)
  return 'own'
}

/** The copy that is published instead: same value, the symbol as key, the origin beside the headers it had. */
export function rekeyedCopy(state: PartitionState, record: LogRecord, symbol: string): NewRecord {
  const origin = `${state.partition}:${record.offset}`
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

/** null for what the stream never writes: such a header is somebody else's, and no ground to ignore a quote. */
function parseOrigin(header: Uint8Array): { partition: number; offset: number } | null {
  const match = ORIGIN.exec(String.fromCharCode(...header.subarray(0, ORIGIN_BYTES_MAX + 1)))
  if (match === null) return null
  const partition = Number(match[1])
  return partition < ORIGIN_PARTITIONS_MAX ? { partition, offset: Number(match[2]) } : null
}

const ORIGIN = /^(\d{1,6}):(\d{1,16})$/
const ORIGIN_BYTES_MAX = 23

function copied(headers: LogRecord['headers']): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, value.slice()]))
}
