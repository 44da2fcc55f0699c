// Delta's types as DuckDB's. Source: PROTOCOL.md, "Schema Serialization Format".

import { quoteName } from '#duckdb/quoting'

/** A Delta type as its schema JSON has it. */
export type DeltaType =
  | string
  | { readonly type: 'array'; readonly elementType: DeltaType }
  | { readonly type: 'map'; readonly keyType: DeltaType; readonly valueType: DeltaType }
  | { readonly type: 'struct'; readonly fields: readonly { readonly name: string; readonly type: DeltaType }[] }

/**
 * The type whose values are all NULL. Delta has it, too, and writes no such column into files: PROTOCOL.md, Void Type.
 */
export const VOID = '"NULL"'

const PRIMITIVES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    string: 'VARCHAR',
    long: 'BIGINT',
    integer: 'INTEGER',
    short: 'SMALLINT',
    byte: 'TINYINT',
    float: 'FLOAT',
    double: 'DOUBLE',
    boolean: 'BOOLEAN',
    binary: 'BLOB',
    date: 'DATE',
    timestamp: 'TIMESTAMPTZ',
    timestamp_ntz: 'TIMESTAMP',
    void: VOID,
  }),
)

const DECIMAL = /^decimal\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)$/

/** DuckDB's name of a Delta type, or undefined when there is none. */
export function duckdbType(type: DeltaType): string | undefined {
  if (typeof type === 'string') return PRIMITIVES.get(type) ?? decimalType(type)
  if (type.type === 'array') return all([type.elementType], ([element]) => `${element}[]`)
  if (type.type === 'map') return all([type.keyType, type.valueType], ([key, value]) => `MAP(${key}, ${value})`)
  const names = type.fields.map((field) => quoteName(field.name))
  const fieldTypes = type.fields.map((field) => field.type)
  return all(fieldTypes, (types) => `STRUCT(${types.map((fieldType, i) => `${names[i]} ${fieldType}`).join(', ')})`)
}

/** The same of a type that a table is known to have only if DuckDB has it, too. Throws for any other. */
export function requiredDuckdbType(type: DeltaType): string {
  const name = duckdbType(type)
  if (name === undefined) throw new Error(`no type of DuckDB for ${JSON.stringify(type)}`)
  return name
}

function decimalType(type: string): string | undefined {
  const match = DECIMAL.exec(type)
  return match === null ? undefined : `DECIMAL(${match[1]},${match[2]})`
}

function all(types: readonly DeltaType[], build: (names: readonly string[]) => string): string | undefined {
  const names = types.map(duckdbType).filter((name) => name !== undefined)
  return names.length === types.length ? build(names) : undefined
}
