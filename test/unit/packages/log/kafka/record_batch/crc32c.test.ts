// The native checksum: the check values of RFC 3720, and any stretch of bytes against a bit a turn.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c, loadChecksum, nativeChecksumMissing } from '#log/kafka/record_batch/crc32c'
import { tableCrc32c } from '#log/kafka/record_batch/crc32c_table'

test.each([
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
])('the checksum of %s is as published', (_, bytes, crc) => {
  expect(crc32c(bytes, 0, bytes.length)).toBe(crc)
})

test('any stretch has the checksum that a bit a turn gives', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(20), (bytes, start) => {
      fc.pre(start <= bytes.length)
      expect(crc32c(bytes, start, bytes.length)).toBe(bitwise(bytes.subarray(start)))
    }),
  )
})

function bitwise(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}

test('the table gives what the native one gives', () => {
  expect(nativeChecksumMissing).toBeNull()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(tableCrc32c(bytes)).toBe(crc32c(bytes, 0, bytes.length))
    }),
  )
})

test('where the native one cannot be loaded, the table takes its place', () => {
  const missing = new Error('Failed to load native binding')
  const fallen = loadChecksum(() => {
    throw missing
  })
  expect(fallen).toEqual({ of: tableCrc32c, missing })
})
