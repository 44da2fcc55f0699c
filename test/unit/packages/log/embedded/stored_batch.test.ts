// The blob that holds a batch: what goes in comes out, whatever the bytes.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GrowingColumns } from '#log/column_batch'
import { appendStoredBatch, readStoredHeaders, type StoredBatch, StoredBatchEncoder } from '#log/embedded/stored_batch'
import type { LogRecord, NewRecord } from '#log/event_log'
import { epochMs } from '#runtime/units'
import { newColumns } from '#support/log/new_columns'

const bytes = fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 120, maxLength: 20_000 }))
const text = fc.string({ unit: 'grapheme' })
const record: fc.Arbitrary<NewRecord> = fc.record({
  topic: fc.constant('topic'),
  key: fc.oneof(fc.constant(null), bytes, text),
  value: fc.oneof(fc.constant(null), bytes, text),
  headers: fc.dictionary(text, fc.oneof(bytes, text), { maxKeys: 4 }),
})

const asBytes = (value: Uint8Array | string | null) =>
  value === null ? null : new Uint8Array(Buffer.from(value as string))

function expected(records: readonly NewRecord[], base: number, timestamp: number) {
  return records.map(({ key, value, headers = {} }, i) => {
    const entries = Object.entries(headers).map(([name, content]) => [name, asBytes(content)])
    const found = entries.length === 0 ? null : Object.fromEntries(entries)
    return { offset: base + i, timestamp, key: asBytes(key), value: asBytes(value), headers: found }
  })
}

function plain(records: readonly LogRecord[]) {
  const copy = (value: Uint8Array | null) => value && new Uint8Array(value)
  return records.map(({ key, value, headers, ...rest }) => ({
    ...rest,
    ...{ key: copy(key), value: copy(value) },
    headers: headers && Object.fromEntries(Object.entries(headers).map(([name, content]) => [name, copy(content)])),
  }))
}

/** The records of a stored batch that stands behind other bytes, as it may. */
function decoded(stored: StoredBatch, from = 0): LogRecord[] {
  const before = new Uint8Array(3)
  const columns = new GrowingColumns(Buffer.concat([before, stored.blob]), readStoredHeaders)
  const end = appendStoredBatch(columns, stored, { start: before.length, from })
  expect(end).toBe(before.length + stored.blob.length)
  return Array.from({ length: columns.count }, (_, row) => columns.recordAt(row))
}

describe('a batch', () => {
  test('of columns is that of the same records as objects', () => {
    const rows = fc.array(fc.record({ key: fc.option(text), value: fc.oneof(bytes, text) }), { maxLength: 20 })
    const headers = fc.constantFrom(undefined, {}, { name: 'content', other: new Uint8Array([1]) })
    fc.assert(
      fc.property(rows, headers, (records, given) => {
        const columns = newColumns(records, { topic: 'topic', headers: given })
        const [byRow, byObject] = [new StoredBatchEncoder(), new StoredBatchEncoder()]
        for (let row = 0; row < columns.length; row++) byRow.addRow(columns, row)
        for (const each of columns) byObject.add(each)
        expect(Buffer.from(byRow.blob()).equals(byObject.blob())).toBe(true)
      }),
    )
  })

  test('comes back as it was written, from any offset in it', () => {
    const encoder = new StoredBatchEncoder()
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), fc.nat(), fc.nat(25), (records, base, skip) => {
        encoder.clear()
        for (const each of records) encoder.add(each)
        const stored = { baseOffset: base, count: encoder.count, timestamp: epochMs(7), blob: encoder.blob().slice() }
        expect(plain(decoded(stored, base + skip))).toEqual(expected(records, base, 7).slice(skip))
      }),
    )
  })

  test('that is cut short or too long is refused', () => {
    const encoder = new StoredBatchEncoder()
    encoder.add({ topic: 'topic', key: 'key', value: 'value' })
    const whole = { baseOffset: 0, count: 1, timestamp: epochMs(7), blob: encoder.blob().slice() }
    const longer = new Uint8Array([...whole.blob, 0])
    expect(() => decoded({ ...whole, blob: longer })).toThrow('1 bytes left over')
    expect(() => decoded({ ...whole, blob: whole.blob.slice(0, 2) })).toThrow('middle of a record')
    expect(() => decoded({ ...whole, count: 2 })).toThrow('middle of a record')
  })
})
