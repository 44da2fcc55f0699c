// What a column looks like in a file, and the SQL that makes the table's column of it, where the table's schema does
// not say. With column mapping: DuckDB finds top-level columns by id or name, but fields inside structs by name alone,
// and a struct of which it finds no field is an error to it. With widened types: DuckDB 1.5.5 casts a filter's constant
// to the file's narrower type (0.1 to a float, 5.4 to an integer), so the file's type is read, and widened above the
// scan. Source: PROTOCOL.md, Reader Requirements for Column Mapping, and for Type Widening;
// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md, Lists and Maps.

import { columnId, type MappingMode, physicalName } from '#delta/schema/column_mapping'
import type { DataType, MapType, StructField, StructType } from '#delta/schema/schema'
import { isWidened } from '#delta/schema/type_widening'
import type { ParquetNode } from '#duckdb/parquet_schema'
import { quoteName, quoteText } from '#duckdb/quoting'
import { requiredDuckdbType } from '#duckdb/types'

/** A type as it is read from a file. */
export interface StoredType {
  /** What DuckDB is to read. */
  readonly type: string
  /** The SQL of the table's value, given that of the file's. */
  toTable(value: string): string
}

/** Whether a column has to be looked up in each file's schema. */
export function needsLayout(field: Pick<StructField, 'type' | 'metadata'>): boolean {
  return isWidened(field) || holdsStruct(field.type)
}

function holdsStruct(type: DataType): boolean {
  if (typeof type === 'string') return false
  if (type.type === 'struct') return true
  return type.type === 'array'
    ? holdsStruct(type.elementType)
    : holdsStruct(type.keyType) || holdsStruct(type.valueType)
}

/** The node of a field among its siblings. */
export function storedNode(
  field: StructField,
  siblings: readonly ParquetNode[],
  mode: MappingMode,
): ParquetNode | undefined {
  if (mode === 'id') return siblings.find(({ fieldId }) => fieldId === columnId(field))
  const name = physicalName(field, mode)
  return siblings.find((node) => node.name === name)
}

/**
 * Matches a field of the table with a node of a file's schema. Throws an Error when the file has something else there.
 */
export function storedField(field: StructField, node: ParquetNode, mode: MappingMode): StoredType {
  return storedType(field.type, node, { mode, widened: isWidened(field) })
}

interface Matching {
  readonly mode: MappingMode
  /** A type inside the field was changed. */
  readonly widened: boolean
}

function storedType(type: DataType, node: ParquetNode, matching: Matching): StoredType {
  if (!matching.widened && !holdsStruct(type)) return asTable(requiredDuckdbType(type))
  if (typeof type === 'string') return storedPrimitive(requiredDuckdbType(type), node)
  if (type.type === 'struct') return storedStruct(type, node, matching.mode)
  if (type.type === 'map') return storedMap(type, node, matching)
  const element = storedType(type.elementType, elementOf(node), matching)
  return {
    type: `${element.type}[]`,
    toTable: (value) => `list_transform(${value}, lambda ${LAMBDA}: ${element.toTable(LAMBDA)})`,
  }
}

function asTable(type: string): StoredType {
  return { type, toTable: (value) => value }
}

/** Types that may have been widened. */
const NARROW = /^(?:TINYINT|SMALLINT|INTEGER|BIGINT|FLOAT|DATE|DECIMAL\(.*\))$/

function storedPrimitive(wide: string, { type }: ParquetNode): StoredType {
  if (type === null || type === wide || !NARROW.test(type)) return asTable(wide)
  return { type, toTable: (value) => `CAST(${value} AS ${wide})` }
}

/** Lambdas nest, and the inner one's parameter is meant by its name. */
const LAMBDA = '__element'

function storedStruct({ fields }: StructType, node: ParquetNode, mode: MappingMode): StoredType {
  const found = fields.map((field) => {
    const stored = field.type === 'void' ? undefined : storedNode(field, node.children, mode)
    return { field, stored, inner: stored === undefined ? undefined : storedField(field, stored, mode) }
  })
  const members = found.flatMap(({ stored, inner }) =>
    stored === undefined || inner === undefined ? [] : [`${quoteName(stored.name)} ${inner.type}`],
  )
  return {
    // Some field has to be read, to tell a struct of which no field is left from NULL.
    type: members.length > 0 ? `STRUCT(${members.join(', ')})` : fileType(node, true),
    toTable(value) {
      const values = found.map(({ field, stored, inner }) => {
        const member = stored === undefined ? 'NULL' : `struct_extract(${value}, ${quoteText(stored.name)})`
        const mapped = inner === undefined ? member : inner.toTable(member)
        return `${quoteName(field.name)} := CAST(${mapped} AS ${requiredDuckdbType(field.type)})`
      })
      return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${values.join(', ')}) END`
    },
  }
}

function storedMap({ keyType, valueType }: MapType, node: ParquetNode, matching: Matching): StoredType {
  const [keyNode, valueNode] = onlyChild(node).children
  if (keyNode === undefined || valueNode === undefined) throw unexpected(node, 'a map')
  const [key, value] = [storedType(keyType, keyNode, matching), storedType(valueType, valueNode, matching)]
  return {
    type: `MAP(${key.type}, ${value.type})`,
    toTable(map) {
      const entry = `{'key': ${key.toTable(`${LAMBDA}.key`)}, 'value': ${value.toTable(`${LAMBDA}.value`)}}`
      return `map_from_entries(list_transform(map_entries(${map}), lambda ${LAMBDA}: ${entry}))`
    },
  }
}

/** A list's repeated group holds its element, except in old files where it is the element. */
function elementOf(list: ParquetNode): ParquetNode {
  const repeated = onlyChild(list)
  const isElement = repeated.children.length > 1 || repeated.name === 'array' || repeated.name === `${list.name}_tuple`
  return isElement ? repeated : onlyChild(repeated)
}

/** The type of a file's struct, cut down to one field. */
function fileType(node: ParquetNode, isStruct: boolean): string {
  if (node.type !== null) return node.type
  const leaf = node.children.find(({ type }) => type !== null)
  if (isStruct && leaf !== undefined) return `STRUCT(${quoteName(leaf.name)} ${fileType(leaf, false)})`
  throw unexpected(node, 'a struct with a plain field')
}

function onlyChild(node: ParquetNode): ParquetNode {
  const [child, ...others] = node.children
  if (child === undefined || others.length > 0) throw unexpected(node, 'a list or a map')
  return child
}

function unexpected({ name }: ParquetNode, what: string): Error {
  return new Error(`its column ${name} is not ${what}, as the table's schema says`)
}
