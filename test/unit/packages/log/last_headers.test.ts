// Headers that are remembered: whatever bytes come, the answer is that of reading them.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readStoredHeaders, StoredBatchEncoder } from '#log/embedded/stored_batch'
import type { NewRecord } from '#log/event_log'
import { readHeaders } from '#log/kafka/record_batch/append_records'
import { RecordParts } from '#log/kafka/record_batch/record_parts'
import { type DecodedHeaders, type HeadersReader, LastHeaders } from '#log/last_headers'

type Headers = NonNullable<NewRecord['headers']>

/** How each log writes and reads the headers of a record. */
const LOGS: Readonly<Record<string, { encode: (headers: Headers) => Uint8Array; read: HeadersReader }>> = {
  kafka: {
    encode(headers) {
      const parts = new RecordParts()
      parts.read({ topic: 'topic', key: null, value: null, headers })
      return parts.headers.slice(0, parts.headersLength)
    },
    read: readHeaders,
  },
  embedded: {
    encode(headers) {
      const encoder = new StoredBatchEncoder()
      encoder.add({ topic: 'topic', key: null, value: null, headers })
      return encoder.blob().slice(NULL_KEY_AND_VALUE)
    },
    read: readStoredHeaders,
  },
}
const NULL_KEY_AND_VALUE = 2

const REPLAYED = { 'tickerlake-replayed': '1' }
/** Few and alike, so that one begins as another does, or differs in its last byte. */
const alike = fc.constantFrom<Headers>(
  REPLAYED,
  { 'tickerlake-replayed': '2' },
  { 'tickerlake-replayed': '' },
  { 'tickerlake-replayed': '1', more: '1' },
  { 'tickerlake-replayed': '11' },
  { a: '', b: '' },
  { a: '' },
)
const any = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.oneof(fc.uint8Array(), fc.string()), {
  minKeys: 1,
  maxKeys: 4,
})

/** Headers one after another, some bytes before each, and where each begins. */
function laidOut(encoded: readonly Uint8Array[], gaps: readonly number[]) {
  const parts: Uint8Array[] = []
  const starts: number[] = []
  let at = 0
  for (const [i, headers] of encoded.entries()) {
    const gap = new Uint8Array(gaps[i % gaps.length] ?? 0)
    starts.push(at + gap.length)
    at += gap.length + headers.length
    parts.push(gap, headers)
  }
  return { bytes: new Uint8Array(Buffer.concat(parts)), starts }
}

const plain = (headers: DecodedHeaders['headers']) =>
  Object.entries(headers).map(([name, value]) => [name, Buffer.from(value).toString('hex')])

describe.each(Object.entries(LOGS))('headers of the log %s', (_, { encode, read }) => {
  test('are told as without the memory, in any order of asking', () => {
    const gaps = fc.array(fc.nat(3), { minLength: 1, maxLength: 5 })
    const asked = fc.array(fc.nat(), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(fc.array(fc.oneof(alike, any), { minLength: 1 }), gaps, asked, (all, between, order) => {
        const { bytes, starts } = laidOut(all.map(encode), between)
        const last = new LastHeaders(bytes, read)
        for (const nth of [...starts.keys(), ...order.map((n) => n % starts.length)]) {
          const start = starts[nth] as number
          expect(plain(last.at(start))).toEqual(plain(read(bytes, start).headers))
        }
      }),
    )
  })

  test('end where the reader says', () => {
    fc.assert(
      fc.property(fc.oneof(alike, any), fc.uint8Array(), (headers, behind) => {
        const encoded = encode(headers)
        const bytes = new Uint8Array(Buffer.concat([encoded, behind]))
        expect(read(bytes, 0).end).toBe(encoded.length)
      }),
    )
  })

  test('make no object when they are those before', () => {
    const { bytes, starts } = laidOut([REPLAYED, REPLAYED, { other: '1' }, REPLAYED].map(encode), [1, 2])
    const last = new LastHeaders(bytes, read)
    const [first, second, other, fourth] = starts.map((start) => last.at(start))
    expect(second).toBe(first)
    expect(plain(other ?? {})).toEqual([['other', '31']])
    expect(fourth).not.toBe(first)
    expect(fourth).toEqual(first)
  })

  test('that begin like the last ones, and are cut off by the end of the bytes, are not theirs', () => {
    const whole = encode(REPLAYED)
    const { bytes, starts } = laidOut([whole, whole.slice(0, -1)], [0])
    const last = new LastHeaders(bytes, read)
    last.at(starts[0] as number)
    expect(() => last.at(starts[1] as number)).toThrow()
  })
})
