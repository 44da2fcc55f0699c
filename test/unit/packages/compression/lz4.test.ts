// Frames that the reference implementation made (lz4 1.10, by Python's lz4), and damage of them.

import { describe, expect, test } from 'vitest'
import { unpackLz4Frame } from '#compression/lz4'

const LIMIT = 2 ** 20
const long = '0123456789abcdef'.repeat(4_500)
const lines = Array.from({ length: 40 }, (_, i) => `{"symbol":"S${i % 17}","price":${(i * 7) % 1000}}`).join('')
const stored = Array.from({ length: 40 }, (_, i) => String.fromCharCode(i)).join('')

const FRAMES: readonly (readonly [name: string, text: string, base64: string])[] = [
  [
    "two linked blocks, with the content's size and checksum",
    long,
    [
      'BCJNGExAQBkBAAAAAABuGwEAAP8BMDEyMzQ1Njc4OWFiY2RlZhAA//////////////////////////////////////////////////////////',
      '//////////////////////////////////////////////////////////////////////////////////////////////////////////////',
      '//////////////////////////////////////////////////////////////////////////////////////////////////////////////',
      '///////////////////////////////////////////////////////////////9hQYmNkZWYjAAAADxAA////////////////////////////',
      '/////0FQYmNkZWYAAAAAWW8l0A==',
    ].join(''),
  ],
  [
    'two independent blocks, with checksums',
    long,
    [
      'BCJNGHBArRsBAAD/ATAxMjM0NTY3ODlhYmNkZWYQAP////////////////////////////////////////////////////////////////////',
      '//////////////////////////////////////////////////////////////////////////////////////////////////////////////',
      '//////////////////////////////////////////////////////////////////////////////////////////////////////////////',
      '/////////////////////////////////////////////////////YUGJjZGVmU95enDQAAAD/ATAxMjM0NTY3ODlhYmNkZWYQAP//////////',
      '//////////////////////8xUGJjZGVmqSNdrgAAAAA=',
    ].join(''),
  ],
  [
    'one block of lines',
    lines,
    [
      'BCJNGGhANQQAAAAAAADNWQEAAPgKeyJzeW1ib2wiOiJTMCIsInByaWNlIjowfRkAFjEZABk3GQAWMhkAKTE0GgAWMxoAKTIxGgAXNBoAGTgaAB',
      'Y1GgApMzUaABY2GgApNDIaABc3GgAZORoAFjgaACk1NhoAFjkaACk2MxoAFzEDARs3BAEIBQEKBgEXMQcBGjgHARcxCAEaOQgBFzEJARo5CQEX',
      'MQoBKjEwCwEXMQwBKjExDQEHvgAqMTEOAQe+ACoxMg8BB74AKjEzEAEHvgAqMTQQAQe+ACoxNBABCL4AGjUQAQi9ABo2EAEHygEqMTYQAQfLAS',
      'oxNw8BB8wBKjE4DgEIzQErMTgPAQgQARo5EAEIzwEqMjARAQjQASoyMRIBCNEBKjIxEwEI0gEqMjIUAQjSASoyMxUBB9IBKjIzFQEHwgAqMjQV',
      'AQfSASoyNRUBB9IBKjI1FAEH0gEqMjYTAQbSAVA6MjczfQAAAAA=',
    ].join(''),
  ],
  [
    'one block that is stored as it is',
    stored,
    ['BCJNGGhAKAAAAAAAAAB1KAAAgAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicAAAAA'].join(''),
  ],
]

const unpacked = (frame: Uint8Array, limit = LIMIT) => Buffer.from(unpackLz4Frame(frame, limit)).toString('latin1')

describe.each(FRAMES)('a frame of %s', (_, text, base64) => {
  const frame = Buffer.from(base64, 'base64')

  test('unpacks to what was packed', () => {
    expect(unpacked(frame)).toBe(text)
    expect(unpacked(frame, text.length)).toBe(text)
  })

  test('of more than the limit is refused', () => {
    expect(() => unpacked(frame, text.length - 1)).toThrow(/LZ4 data has more bytes/)
  })

  test('that is cut anywhere is refused', () => {
    const body = frame.length - (base64 === FRAMES[0]?.[2] ? 8 : 4)
    for (let length = 0; length <= body; length++) expect(() => unpacked(frame.subarray(0, length))).toThrow(/LZ4/)
  })

  test('with any byte changed is an error or other bytes, never a crash or a hang', () => {
    for (let at = 0; at < frame.length; at++) {
      for (const value of [0x00, 0x0f, 0xf0, 0xff]) {
        const damaged = Buffer.from(frame)
        damaged[at] = value
        try {
          expect(unpacked(damaged).length).toBeLessThanOrEqual(LIMIT)
        } catch (error) {
          expect(String(error)).toMatch(/LZ4 data has/)
        }
      }
    }
  })
})
