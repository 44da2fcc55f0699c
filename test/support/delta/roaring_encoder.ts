// Writes deletion vectors, in each of the forms that other engines use: the reader's counterpart, made from the
// format's description alone. Sources: PROTOCOL.md, Deletion Vector Format;
// https://github.com/RoaringBitmap/RoaringFormatSpec.

import { crc32 } from 'node:zlib'

/** A container's kind; `auto` is what the plain format takes: arrays up to 4,096 values, bitmaps above. */
export type ContainerKind = 'auto' | 'runs'

/** The rows as the bytes of a deletion vector. `kindOf` picks the kind of each container. */
export function encodeRows(
  rows: Iterable<number>,
  kindOf: (container: number) => ContainerKind = () => 'auto',
): Buffer {
  const buckets = grouped(
    [...new Set(rows)].sort((a, b) => a - b),
    2 ** 32,
  )
  const parts = [...buckets].flatMap(([key, values]) => [u32(key), bucketOf(values, kindOf)])
  return Buffer.concat([u32(1681511377), u32(buckets.size), u32(0), ...parts])
}

/** The vectors as a file that holds them, and where each begins. */
export function vectorFile(vectors: readonly Buffer[]): { readonly file: Buffer; readonly offsets: readonly number[] } {
  const parts: Buffer[] = [Buffer.of(1)]
  const offsets: number[] = []
  for (const vector of vectors) {
    offsets.push(Buffer.concat(parts).length)
    parts.push(bigEndian(vector.length), vector, bigEndian(crc32(vector)))
  }
  return { file: Buffer.concat(parts), offsets }
}

const Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'

/** Base 85, filled up with zeros to whole words. */
export function encodeZ85(bytes: Uint8Array): string {
  const padded = Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
  let text = ''
  for (let at = 0; at < padded.length; at += 4) {
    const word = padded.readUInt32BE(at)
    for (const power of [85 ** 4, 85 ** 3, 85 ** 2, 85, 1]) text += Z85[Math.floor(word / power) % 85]
  }
  return text
}

function bucketOf(values: readonly number[], kindOf: (container: number) => ContainerKind): Buffer {
  const containers = [...grouped(values, 65536)]
  const runs = containers.map(([key]) => kindOf(key) === 'runs')
  const bodies = containers.map(([, low], i) =>
    runs[i] ? runsOf(low) : low.length > 4096 ? bitsOf(low) : arrayOf(low),
  )
  const headers = containers.flatMap(([key, low]) => [u16(key), u16(low.length - 1)])
  if (!runs.includes(true)) {
    return Buffer.concat([u32(12346), u32(containers.length), ...headers, offsetsOf(bodies), ...bodies])
  }
  const flags = Buffer.alloc(Math.ceil(containers.length / 8))
  for (const [i, isRuns] of runs.entries())
    if (isRuns) flags.writeUInt8(flags.readUInt8(i >> 3) | (1 << (i & 7)), i >> 3)
  const cookie = u32((12347 | ((containers.length - 1) << 16)) >>> 0)
  const offsets = containers.length >= 4 ? offsetsOf(bodies) : Buffer.alloc(0)
  return Buffer.concat([cookie, flags, ...headers, offsets, ...bodies])
}

/** Readers that go through in order do not need them, so their values are of no account here. */
function offsetsOf(bodies: readonly Buffer[]): Buffer {
  return Buffer.alloc(4 * bodies.length)
}

function arrayOf(values: readonly number[]): Buffer {
  return Buffer.concat(values.map(u16))
}

function bitsOf(values: readonly number[]): Buffer {
  const bits = Buffer.alloc(8192)
  for (const value of values) bits.writeUInt8(bits.readUInt8(value >> 3) | (1 << (value & 7)), value >> 3)
  return bits
}

function runsOf(values: readonly number[]): Buffer {
  const runs: [from: number, to: number][] = []
  for (const value of values) {
    const last = runs.at(-1)
    if (last !== undefined && last[1] === value - 1) last[1] = value
    else runs.push([value, value])
  }
  return Buffer.concat([u16(runs.length), ...runs.flatMap(([from, to]) => [u16(from), u16(to - from)])])
}

/** Values by their high part; what is left of them is the low part. */
function grouped(values: readonly number[], size: number): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  for (const value of values) {
    const key = Math.floor(value / size)
    const group = groups.get(key) ?? []
    group.push(value % size)
    groups.set(key, group)
  }
  return groups
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
