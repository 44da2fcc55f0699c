// Schemas as Delta writes them (schemaString): types, parsing, and whether one schema can stand in for another.
// Source: PROTOCOL.md, Schema Serialization Format.

import { parseLogJson, stringifyLogJson } from '#delta/log/json'
import { PlatformError } from '#runtime/errors'

/** Delta's names of the types without parts. */
export type PrimitiveType =
  | 'string'
  | 'long'
  | 'integer'
  | 'short'
  | 'byte'
  | 'float'
  | 'double'
  | 'boolean'
  | 'binary'
  | 'date'
  | 'timestamp'
  | 'timestamp_ntz'
  | 'void'
  | `decimal(${number},${number})`

/** A list of values of one type. */
export interface ArrayType {
  readonly type: 'array'
  readonly elementType: DataType
  readonly containsNull: boolean
}

/** Values by keys. */
export interface MapType {
  readonly type: 'map'
  readonly keyType: DataType
  readonly valueType: DataType
  readonly valueContainsNull: boolean
}

/** Named fields: a table's schema, or a column that holds several. */
export interface StructType {
  readonly type: 'struct'
  readonly fields: readonly StructField[]
}

/** Any type of a column. */
export type DataType = PrimitiveType | StructType | ArrayType | MapType

/** A field of a struct. Features keep their own facts in its metadata: column ids, changes of type. */
export interface StructField {
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
  readonly metadata: Readonly<Record<string, unknown>>
}

const PRIMITIVES = new Set(
  'string long integer short byte float double boolean binary date timestamp timestamp_ntz void'.split(' '),
)

const DECIMAL = /^decimal\(\s*\d{1,2}\s*,\s*\d{1,2}\s*\)$/

/** Reads a schemaString. Throws TABLE_CORRUPT, or TABLE_UNSUPPORTED naming a type that is not known. */
export function parseSchema(schemaString: string): StructType {
  let value: unknown
  try {
    value = parseLogJson(schemaString)
  } catch (cause) {
    throw new PlatformError('TABLE_CORRUPT', 'the schema of the Delta table is not JSON', { cause })
  }
  const type = dataType(value, 'schema')
  if (!isStruct(type)) throw corrupt('schema', 'is not a struct')
  return type
}

/** The schemaString of a schema. */
export function stringifySchema(schema: StructType): string {
  return stringifyLogJson(schema)
}

/** True for a struct, so that nested types can be walked. */
export function isStruct(type: DataType): type is StructType {
  return typeof type === 'object' && type.type === 'struct'
}

/** Whether the type is void, or an array or map of it; fields of structs are for allFields to visit. */
export function holdsVoid(type: DataType): boolean {
  if (typeof type === 'string') return type === 'void'
  if (type.type === 'struct') return false
  if (type.type === 'array') return holdsVoid(type.elementType)
  return holdsVoid(type.keyType) || holdsVoid(type.valueType)
}

/** All fields, those inside structs, arrays and maps included, with their dotted paths. */
export function* allFields(schema: StructType, prefix = ''): Generator<{ path: string; field: StructField }> {
  for (const field of schema.fields) {
    const path = prefix + field.name
    yield { path, field }
    yield* fieldsInside(field.type, `${path}.`)
  }
}

/**
 * Why rows written for `wanted` would not fit a table of schema `actual`, or undefined when they do. Columns that only
 * the table has must be nullable: they stay empty.
 */
export function schemaMismatch(wanted: StructType, actual: StructType): string | undefined {
  const theirs = new Map(actual.fields.map((field) => [field.name, field]))
  for (const ours of wanted.fields) {
    const field = theirs.get(ours.name)
    if (field === undefined) return `column ${ours.name} is missing`
    if (!sameType(ours.type, field.type)) {
      return `column ${ours.name} is ${typeName(field.type)}, not ${typeName(ours.type)}`
    }
    if (ours.nullable && !field.nullable) return `column ${ours.name} does not take null`
    theirs.delete(ours.name)
  }
  const required = [...theirs.values()].find((field) => !field.nullable)
  return required === undefined ? undefined : `column ${required.name} is required and not known here`
}

function* fieldsInside(type: DataType, prefix: string): Generator<{ path: string; field: StructField }> {
  if (typeof type === 'string') return
  if (type.type === 'struct') yield* allFields(type, prefix)
  else if (type.type === 'array') yield* fieldsInside(type.elementType, `${prefix}element.`)
  else {
    yield* fieldsInside(type.keyType, `${prefix}key.`)
    yield* fieldsInside(type.valueType, `${prefix}value.`)
  }
}

/** Compares what a data file would hold: names, types and nesting; metadata does not count. */
function sameType(a: DataType, b: DataType): boolean {
  return typeName(a) === typeName(b)
}

function typeName(type: DataType): string {
  if (typeof type === 'string') return type.replaceAll(' ', '')
  if (type.type === 'array') return `array<${typeName(type.elementType)}>`
  if (type.type === 'map') return `map<${typeName(type.keyType)},${typeName(type.valueType)}>`
  return `struct<${type.fields.map((field) => `${field.name}:${typeName(field.type)}`).join(',')}>`
}

function dataType(value: unknown, path: string): DataType {
  if (typeof value === 'string') return primitive(value, path)
  const { type, ...rest } = record(value, path)
  if (type === 'struct') {
    if (!Array.isArray(rest.fields)) throw corrupt(path, 'has no fields')
    return { type, fields: rest.fields.map((field) => structField(field, path)) }
  }
  if (type === 'array') {
    return { type, elementType: dataType(rest.elementType, path), containsNull: rest.containsNull !== false }
  }
  if (type === 'map') {
    const [keyType, valueType] = [dataType(rest.keyType, path), dataType(rest.valueType, path)]
    return { type, keyType, valueType, valueContainsNull: rest.valueContainsNull !== false }
  }
  throw unknownType(String(type), path)
}

function structField(value: unknown, parent: string): StructField {
  const { name, type, nullable, metadata } = record(value, parent)
  if (typeof name !== 'string') throw corrupt(parent, 'has a field without a name')
  return {
    name,
    type: dataType(type, `${parent}.${name}`),
    nullable: nullable !== false,
    metadata: typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {},
  }
}

function primitive(name: string, path: string): PrimitiveType {
  if (name === 'decimal') return 'decimal(10,0)'
  if (PRIMITIVES.has(name) || DECIMAL.test(name)) return name as PrimitiveType
  throw unknownType(name, path)
}

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw corrupt(path, 'is not a type')
}

function unknownType(name: string, path: string): PlatformError {
  return new PlatformError('TABLE_UNSUPPORTED', `${path} has the type ${name}, which tickerlake does not know`)
}

function corrupt(path: string, what: string): PlatformError {
  return new PlatformError('TABLE_CORRUPT', `${path} of the Delta table ${what}; its metaData is damaged`)
}
