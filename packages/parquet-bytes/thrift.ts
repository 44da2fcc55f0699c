// Thrift's compact protocol, as far as Parquet's footers and page headers use it. Invariant: every step reads a byte
// that is there, and no list is longer than the bytes that are left, so that damaged bytes end in an error, soon and in
// little memory. Source: Thrift's own compact protocol document; field numbers are those of parquet.thrift.

/** A place in bytes; reading moves it on. */
export interface ByteReader {
  readonly view: DataView
  offset: number
}

/** Integers of up to 32 bits are numbers, others bigint; what nobody asks for is undefined. */
export type ThriftValue = number | bigint | boolean | ThriftStruct | readonly ThriftValue[] | undefined

/** Values by field number. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>

/** Deeper than any Parquet description goes. */
const DEPTH_MAX = 32

/** Reads one struct. Throws when the bytes end before it does, or hold what is no struct. */
export function readThriftStruct(reader: ByteReader, depth = 0): ThriftStruct {
  if (depth > DEPTH_MAX) throw new Error('a Thrift struct is too deep')
  const fields = new Map<number, ThriftValue>()
  let field = 0
  for (;;) {
    const head = byteOf(reader)
    const type = head & 0x0f
    if (type === 0) return fields
    field = head >> 4 === 0 ? zigzag(varint(reader)) : field + (head >> 4)
    fields.set(field, readValue(reader, type, depth))
  }
}

/** A variable-length integer of 32 bits, as a signed one: what does not fit into them is refused. */
export function varint(reader: ByteReader): number {
  let value = 0
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = byteOf(reader)
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return value
  }
  throw new Error('an integer is too long')
}

function readValue(reader: ByteReader, type: number, depth: number): ThriftValue {
  switch (type) {
    case 1:
    case 2:
      return type === 1
    case 3:
      return byteOf(reader)
    case 4:
    case 5:
      return zigzag(varint(reader))
    case 6:
      return longVarint(reader)
    case 7:
      return skip(reader, 8)
    case 8:
      return skip(reader, varint(reader))
    case 9:
      return readList(reader, depth)
    case 12:
      return readThriftStruct(reader, depth + 1)
    default:
      throw new Error(`a Thrift field has the unknown type ${type}`)
  }
}

function readList(reader: ByteReader, depth: number): readonly ThriftValue[] {
  const head = byteOf(reader)
  const type = head & 0x0f
  const size = head >> 4 === 15 ? varint(reader) : head >> 4
  if (size < 0 || size > reader.view.byteLength - reader.offset)
    throw new Error('a Thrift list is longer than its bytes')
  const values: ThriftValue[] = []
  // In a list a boolean is a byte of its own.
  for (let i = 0; i < size; i++) values.push(readValue(reader, type === 1 || type === 2 ? 3 : type, depth))
  return values
}

function skip(reader: ByteReader, length: number): undefined {
  if (length < 0 || length > reader.view.byteLength - reader.offset) throw new Error('a Thrift value ends early')
  reader.offset += length
}

function byteOf(reader: ByteReader): number {
  return reader.view.getUint8(reader.offset++)
}

function zigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1)
}

function longVarint(reader: ByteReader): bigint {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = byteOf(reader)
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
  }
  throw new Error('an integer is too long')
}
