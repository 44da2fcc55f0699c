// The mark of replayed history: the replay source sends it with every record, so that nobody takes a quote for stale
// only because its event time is long ago. Whoever copies a record copies its headers, and so the mark.

/** Header of a record that the replay source published. */
export const REPLAYED_HEADER = 'tickerlake-replayed'

/** Its value: one byte, the digit 1. */
export const REPLAYED_VALUE = '1'

/** The headers of a replayed record, for NewRecord. */
export const REPLAYED_HEADERS: Readonly<Record<string, string>> = { [REPLAYED_HEADER]: REPLAYED_VALUE }

/** Whether a record with these headers is replayed history. A header with any other value says nothing. */
export function isReplayed(headers: Readonly<Record<string, Uint8Array>> | null): boolean {
  if (headers === null) return false
  const value = headers[REPLAYED_HEADER]
  return value !== undefined && value.length === 1 && value[0] === ONE
}

const ONE = REPLAYED_VALUE.charCodeAt(0)
