import { expect, test } from 'vitest'
import { releaseBytes } from '#object-store/release_bytes'

test('bytes with a buffer of their own are freed', () => {
  const bytes = new Uint8Array(100)
  releaseBytes(bytes)
  expect([bytes.byteLength, bytes.buffer.detached]).toEqual([0, true])
})

test.each([
  ['the beginning', 0, 50],
  ['the end', 50, 50],
  ['none', 0, 0],
])('bytes that are %s of a buffer leave it to the others', (_name, offset, length) => {
  const whole = new Uint8Array(100).fill(7)
  releaseBytes(whole.subarray(offset, offset + length))
  expect(whole).toEqual(new Uint8Array(100).fill(7))
})

test('bytes of a shared buffer, and those that are freed already, are left alone', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(10))
  releaseBytes(shared)
  expect(shared.byteLength).toBe(10)
  const bytes = new Uint8Array(10)
  releaseBytes(bytes)
  releaseBytes(bytes)
  expect(bytes.byteLength).toBe(0)
})
