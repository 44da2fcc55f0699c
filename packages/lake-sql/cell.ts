// DuckDB's values as text. Nothing is rounded: 64-bit integers and decimals keep their digits, a 32-bit float its
// shortest form. Instants are ISO 8601, with Z where the type has a zone; bytes are hexadecimal.

import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBUnionValue,
  type DuckDBValue,
  DuckDBVariantValue,
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
  if (type.typeId === DuckDBTypeId.FLOAT) return (value) => (value === null ? null : floatText(value as number))
  const text = NESTED.has(type.typeId) ? jsonText : plainText
  return (value) => (value === null ? null : text(value))
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

function jsonText(value: DuckDBValue): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : JSON.stringify(String(value))
  if (value instanceof DuckDBDecimalValue) return String(value)
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return `[${value.items.map(jsonText).join(',')}]`
  }
  if (value instanceof DuckDBStructValue) return objectText(Object.entries(value.entries))
  if (value instanceof DuckDBMapValue) {
    return objectText(value.entries.map((entry) => [keyText(entry.key), entry.value] as const))
  }
  if (value instanceof DuckDBUnionValue) return objectText([[value.tag, value.value]])
  if (value instanceof DuckDBVariantValue) return jsonText(value.value)
  return JSON.stringify(plainText(value))
}

function keyText(key: DuckDBValue): string {
  return typeof key === 'object' && key !== null && !(key instanceof DuckDBDateValue) ? jsonText(key) : String(key)
}

function objectText(entries: readonly (readonly [string, DuckDBValue])[]): string {
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${jsonText(value)}`).join(',')}}`
}
