// What is read of a replayed line by JSON.parse: what the console shows of it, and all that is asked of a line that the
// symbol finder does not take.

import { VALUE_BYTES_MAX } from '#market/decoding/decoder'
import { type Fields, isPrice, isSymbol } from '#market/decoding/fields'
import { REPLAYED_HEADERS } from '#market/headers'
import { PRICES_TOPIC } from '#market/topics'
import type { SourceRecord } from '#services/producer/sources/quote_source'

/** The record of a line, and the line's timestamp as it stands there. */
export interface ReplayedLine extends SourceRecord {
  readonly timestamp: unknown
}

/** The record of a line, keyed by its symbol when it has a valid one. All other checks are the decoder's. */
export function readLine(line: Buffer): ReplayedLine {
  const fields = fieldsOf(line)
  const symbol = fields?.symbol
  const key = isSymbol(symbol) ? symbol : null
  const price = key !== null && isPrice(fields?.price) ? (fields?.price as number) : null
  const currency = typeof fields?.currency === 'string' ? fields.currency : null
  const headers = REPLAYED_HEADERS
  return { topic: PRICES_TOPIC, key, value: line, headers, price, currency, timestamp: fields?.timestamp }
}

function fieldsOf(line: Buffer): Fields | null {
  if (line.length > VALUE_BYTES_MAX) return null
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Fields) : null
  } catch {
    return null
  }
}
