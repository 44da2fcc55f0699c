// Records in columns, as a source that hands bytes through has them: keys and values between other bytes.

import { ABSENT, type NewRecordColumns } from '#log/event_log'

/** A record that columns can hold: its value is bytes or text, never null. */
export interface ColumnRecord {
  readonly key: string | null
  readonly value: string | Uint8Array
}

/** The records in columns, of one topic and with the same headers. */
export function newColumns(
  records: readonly ColumnRecord[],
  { topic, headers }: Pick<NewRecordColumns, 'topic' | 'headers'>,
): NewRecordColumns {
  const columns = {
    keyStarts: new Int32Array(records.length),
    keyEnds: new Int32Array(records.length),
    valueStarts: new Int32Array(records.length),
    valueEnds: new Int32Array(records.length),
  }
  const parts: Buffer[] = []
  let at = 0
  const put = (content: string | Uint8Array) => {
    const part = Buffer.concat([Buffer.from('#'), Buffer.from(content as string)])
    parts.push(part)
    at += part.length
    return at - part.length + 1
  }
  for (const [row, { key, value }] of records.entries()) {
    columns.valueStarts[row] = put(value)
    columns.valueEnds[row] = at
    columns.keyStarts[row] = key === null ? ABSENT : put(key)
    columns.keyEnds[row] = at
  }
  const objects = records.map(({ key, value }) => ({ topic, key, value, ...(headers && { headers }) }))
  const bytes = new Uint8Array(Buffer.concat(parts))
  return { topic, headers, bytes, length: records.length, ...columns, [Symbol.iterator]: () => objects.values() }
}
