// Snappy as producers send it: raw, and in the chunks of Java's clients. The other codecs are tested by
// decode_fetched.test.ts and test/unit/packages/compression.

import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import { describe, expect, test } from 'vitest'
import { DamagedBatch } from '#log/kafka/record_batch/batch_header'
import { unpack } from '#log/kafka/record_batch/codec'

const MAGIC = Buffer.from('\x82SNAPPY\0\0\0\0\x01\0\0\0\x01', 'latin1')
const TEXTS = ['{"symbol":"AAPL"}'.repeat(50), '', '{"symbol":"MSFT"}'.repeat(70)]
const WHOLE = TEXTS.join('')

function chunk(text: string): Buffer {
  const packed = snappyCompress(Buffer.from(text))
  const length = Buffer.alloc(4)
  length.writeInt32BE(packed.length)
  return Buffer.concat([length, packed])
}

const unpacked = (packed: Uint8Array, bytesMax: number = WHOLE.length) =>
  Buffer.from(unpack('snappy', packed, bytesMax)).toString()

test('raw Snappy is unpacked within its limit', () => {
  const packed = snappyCompress(Buffer.from(WHOLE))
  expect(unpacked(packed)).toBe(WHOLE)
  expect(() => unpacked(packed, WHOLE.length - 1)).toThrow(DamagedBatch)
})

describe('Snappy in chunks', () => {
  const packed = Buffer.concat([MAGIC, ...TEXTS.map(chunk)])

  test('is unpacked within one limit for all of them', () => {
    expect(unpacked(packed)).toBe(WHOLE)
    expect(() => unpacked(packed, WHOLE.length - 1)).toThrow(DamagedBatch)
  })

  test('that is cut within a chunk is damaged', () => {
    const lastStart = packed.length - chunk(TEXTS[2] as string).length
    for (let end = lastStart + 1; end < packed.length; end++) {
      expect(() => unpacked(packed.subarray(0, end))).toThrow(DamagedBatch)
    }
  })

  test.each([0, -1, 2 ** 31 - 1])('whose chunk has a length of %i is damaged', (length) => {
    const damaged = Buffer.from(packed)
    damaged.writeInt32BE(length, MAGIC.length)
    expect(() => unpacked(damaged)).toThrow(DamagedBatch)
  })
})
