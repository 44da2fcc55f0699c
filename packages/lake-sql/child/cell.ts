// DuckDB's values as text. Nothing is rounded: 64-bit integers and decimals keep their digits, a 32-bit float its
// shortest form. Instants are ISO 8601, with Z where the type has a zone; bytes are hexadecimal.

import {
  DuckDBArrayType,
  type DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListType,
  type DuckDBListValue,
  DuckDBMapType,
  type DuckDBMapValue,
  DuckDBStructType,
  type DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBUnionType,
  type DuckDBUnionValue,
  type DuckDBValue,
  type DuckDBVariantValue,
} from '@duckdb/node-api'
import type { Cell, ColumnKind } from '#lake-sql/result'

/** How a column's text stands in JSON. */
export function kindOf(type: DuckDBType): ColumnKind {
  if (NUMBERS.has(type.typeId)) return 'number'
  if (type.typeId === DuckDBTypeId.BOOLEAN) return 'boolean'
  return NESTED.has(type.typeId) ? 'json' : 'text'
}

/** Makes the text of a column's values. */
export function cellEncoder(type: DuckDBType): (value: DuckDBValue) => Cell {
  const text = textEncoder(type)
  return (value) => (value === null ? null : text(value))
}

/** Makes a text of a value that is not NULL. */
type Encoder = (value: DuckDBValue) => string

function textEncoder(type: DuckDBType): Encoder {
  if (type.typeId === DuckDBTypeId.FLOAT) return (value) => floatText(value as number)
  return NESTED.has(type.typeId) ? jsonEncoder(type) : plainText
}

const NUMBERS: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.DECIMAL,
  DuckDBTypeId.BIGNUM,
])

const NESTED: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.LIST,
  DuckDBTypeId.ARRAY,
  DuckDBTypeId.STRUCT,
  DuckDBTypeId.MAP,
  DuckDBTypeId.UNION,
  DuckDBTypeId.VARIANT,
])

function plainText(value: DuckDBValue): string {
  if (typeof value === 'string') return value
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex')
  if (value instanceof DuckDBTimestampTZValue) return instantText(value.micros, 'Z')
  if (value instanceof DuckDBTimestampValue) return instantText(value.micros, '')
  if (value instanceof DuckDBTimestampMillisecondsValue) return instantText(value.millis * 1000n, '')
  if (value instanceof DuckDBTimestampSecondsValue) return instantText(value.seconds * 1_000_000n, '')
  if (value instanceof DuckDBTimestampNanosecondsValue) return String(value).replace(' ', 'T')
  return String(value)
}

const MILLIS_MAX = 8.64e15

/** Digits of a second as far as they are not zero: none, three or six. */
function instantText(micros: bigint, zone: string): string {
  const millis = Number(micros / 1000n)
  const rest = Number(micros % 1000n)
  const floor = rest < 0 ? millis - 1 : millis
  if (Math.abs(floor) > MILLIS_MAX) return micros > 0n ? 'infinity' : '-infinity'
  const text = new Date(floor).toISOString().slice(0, -1)
  const submillis = rest < 0 ? rest + 1000 : rest
  if (submillis !== 0) return `${text}${String(submillis).padStart(3, '0')}${zone}`
  return `${text.endsWith('.000') ? text.slice(0, -4) : text}${zone}`
}

/** The shortest digits that give the same 32-bit float back. */
function floatText(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return String(short)
  }
  return String(value)
}

/** JSON by the type: a value does not tell whether it is a 32-bit or a 64-bit float. */
function jsonEncoder(type: DuckDBType): Encoder {
  const encode = notNullEncoder(type)
  return (value) => (value === null ? 'null' : encode(value))
}

function notNullEncoder(type: DuckDBType): Encoder {
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) return itemsEncoder(type.valueType)
  if (type instanceof DuckDBStructType) return structEncoder(type)
  if (type instanceof DuckDBMapType) return mapEncoder(type)
  if (type instanceof DuckDBUnionType) return unionEncoder(type)
  if (type.typeId === DuckDBTypeId.VARIANT) return variantText
  if (type.typeId === DuckDBTypeId.FLOAT) return (value) => numberText(value as number, floatText)
  return scalarText
}

function itemsEncoder(valueType: DuckDBType): Encoder {
  const item = jsonEncoder(valueType)
  return (value) => `[${(value as DuckDBListValue | DuckDBArrayValue).items.map(item).join(',')}]`
}

function structEncoder(type: DuckDBStructType): Encoder {
  const members = type.entryNames.map((name, i) => ({ name, encode: jsonEncoder(typeAt(type.entryTypes, i)) }))
  return (value) => {
    const { entries } = value as DuckDBStructValue
    return objectText(members.map(({ name, encode }) => [name, encode(entries[name] ?? null)]))
  }
}

/** The keys become the names of members, so they are text whatever they are. */
function mapEncoder(type: DuckDBMapType): Encoder {
  const key = textEncoder(type.keyType)
  const encode = jsonEncoder(type.valueType)
  return (value) =>
    objectText((value as DuckDBMapValue).entries.map((entry) => [key(entry.key), encode(entry.value)] as const))
}

function unionEncoder(type: DuckDBUnionType): Encoder {
  const encoders = new Map(type.memberTags.map((tag, i) => [tag, jsonEncoder(typeAt(type.memberTypes, i))]))
  return (value) => {
    const { tag, value: member } = value as DuckDBUnionValue
    return objectText([[tag, (encoders.get(tag) ?? scalarText)(member)]])
  }
}

/** Each value of a VARIANT column has a type of its own. */
function variantText(value: DuckDBValue): string {
  const { type, value: inner } = value as DuckDBVariantValue
  return type === undefined ? scalarText(inner) : jsonEncoder(type)(inner)
}

function scalarText(value: DuckDBValue): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return numberText(value, String)
  if (value instanceof DuckDBDecimalValue) return String(value)
  return JSON.stringify(plainText(value))
}

function numberText(value: number, text: (value: number) => string): string {
  return Number.isFinite(value) ? text(value) : JSON.stringify(String(value))
}

function typeAt(types: readonly DuckDBType[], index: number): DuckDBType {
  return types[index] as DuckDBType
}

function objectText(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`
}
