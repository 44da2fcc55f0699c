// The same question in the SQL of each engine, so that equal values come back as equal JSON: integers, times, dates,
// booleans and bytes as text, doubles as numbers with all their digits.

import type { DataType, StructType } from '#delta/schema/schema'

/** What differs between the engines' SQL. */
export interface Dialect {
  name(column: string): string
  /** A type that any value can be cast to as text. */
  readonly text: string
  /** Microseconds since the epoch. */
  micros(column: string): string
  hex(column: string): string
  /** A moment, given as ISO-8601 text in UTC. */
  moment(iso: string): string
  /** A moment that is so many microseconds later. */
  later(column: string, micros: number): string
  /** A string literal. */
  literal(value: string): string
}

const quoted = (column: string) => `"${column}"`
const literal = (value: string) => `'${value.replaceAll("'", "''")}'`

export const duckdbDialect: Dialect = {
  name: quoted,
  text: 'VARCHAR',
  micros: (column) => `epoch_us(${column})`,
  hex: (column) => `hex(${column})`,
  moment: (iso) => `TIMESTAMPTZ '${iso}'`,
  later: (column, micros) => `${column} + INTERVAL ${micros} MICROSECOND`,
  literal,
}

export const datafusionDialect: Dialect = {
  name: quoted,
  text: 'VARCHAR',
  micros: (column) => `CAST(${column} AS BIGINT)`,
  hex: (column) => `upper(encode(${column}, 'hex'))`,
  moment: (iso) => `TIMESTAMP '${iso}'`,
  later: (column, micros) => `arrow_cast(CAST(${column} AS BIGINT) + ${micros}, 'Timestamp(Microsecond, Some("UTC"))')`,
  literal,
}

export const sparkDialect: Dialect = {
  name: (column) => `\`${column}\``,
  text: 'STRING',
  micros: (column) => `unix_micros(${column})`,
  hex: (column) => `hex(${column})`,
  moment: (iso) => `TIMESTAMP '${iso}'`,
  later: (column, micros) => `timestamp_micros(unix_micros(${column}) + ${micros})`,
  // In Spark a backslash in a literal stands for an escape.
  literal: (value) => literal(value.replaceAll('\\', '\\\\')),
}

/** Its SQL has no hexadecimal digits: readers.py writes bytes so. */
export const polarsDialect: Dialect = { ...datafusionDialect, hex: (column) => column }

export const clickhouseDialect: Dialect = {
  name: quoted,
  text: 'Nullable(String)',
  micros: (column) => `toUnixTimestamp64Micro(${column})`,
  hex: (column) => `hex(${column})`,
  moment: (iso) => `toDateTime64('${iso.replace('Z', '')}', 6, 'UTC')`,
  later: (column, micros) => `addMicroseconds(${column}, ${micros})`,
  literal: (value) => literal(value.replaceAll('\\', '\\\\')),
}

/** All rows of `t`, every column of the schema. */
export function allRows(schema: StructType, dialect: Dialect): string {
  const columns = schema.fields.map(
    ({ name, type }) => `${asJson(name, type, dialect)} AS ${dialect.name(`c_${name}`)}`,
  )
  return `SELECT ${columns.join(', ')} FROM t`
}

/** Per column: how many values, the least and the greatest. Engines may answer it from statistics alone. */
export function aggregates(schema: StructType, dialect: Dialect): string {
  const columns = schema.fields.flatMap(({ name, type }) => {
    const column = dialect.name(name)
    const bounds = type === 'binary' || type === 'boolean' ? [] : [`min(${column})`, `max(${column})`]
    return [
      `CAST(count(${column}) AS ${dialect.text}) AS ${dialect.name(`n_${name}`)}`,
      ...bounds.map((bound, side) => `${asJsonOf(bound, type, dialect)} AS ${dialect.name(`b${side}_${name}`)}`),
    ]
  })
  return `SELECT CAST(count(*) AS ${dialect.text}) AS n, ${columns.join(', ')} FROM t`
}

/** Per column of numbers their sum, which depends on the order of adding. */
export function sums(schema: StructType, dialect: Dialect): string {
  const numbers = schema.fields.filter(({ type }) => type === 'double' || type === 'integer' || type === 'long')
  const columns = numbers.map(({ name }) => `sum(${dialect.name(name)}) AS ${dialect.name(`s_${name}`)}`)
  return `SELECT ${columns.join(', ')} FROM t`
}

function asJson(name: string, type: DataType, dialect: Dialect): string {
  return asJsonOf(dialect.name(name), type, dialect)
}

function asJsonOf(value: string, type: DataType, dialect: Dialect): string {
  if (type === 'string' || type === 'double') return value
  if (type === 'binary') return dialect.hex(value)
  return `CAST(${type === 'timestamp' ? dialect.micros(value) : value} AS ${dialect.text})`
}

/** A condition on one column, in SQL and on a row as allRows gives it. */
export interface Filter {
  readonly column: string
  readonly comparison: '=' | '>=' | '<='
  /** As text; a moment as ISO-8601 in UTC. */
  readonly value: string
}

/** How many rows each filter keeps, in the order of the filters. */
export function filterCounts(schema: StructType, filters: readonly Filter[], dialect: Dialect): string {
  const counts = filters.map((filter, index) => {
    const where = `${dialect.name(filter.column)} ${filter.comparison} ${literalOf(schema, filter, dialect)}`
    return `SELECT ${index} AS i, CAST(count(*) AS ${dialect.text}) AS n FROM t WHERE ${where}`
  })
  return `SELECT i, n FROM (${counts.join(' UNION ALL ')}) counts ORDER BY i`
}

function literalOf(schema: StructType, { column, value }: Filter, dialect: Dialect): string {
  const type = schema.fields.find(({ name }) => name === column)?.type
  if (type === 'timestamp') return dialect.moment(value)
  if (type === 'date') return `DATE '${value}'`
  if (type === 'string') return dialect.literal(value)
  return value
}

/** How many of these rows each filter keeps. */
export function countsByHand(schema: StructType, filters: readonly Filter[], rows: readonly Row[]): number[] {
  return filters.map(({ column, comparison, value }) => {
    const at = schema.fields.findIndex(({ name }) => name === column)
    const compare = comparisonWith(schema.fields[at]?.type ?? 'string', value)
    return rows.filter((row) => {
      const stored = row[at] ?? null
      return stored !== null && keeps(comparison, compare(stored))
    }).length
  })
}

/** A row as the engines give it. */
export type Row = readonly (string | number | null)[]

function keeps(comparison: Filter['comparison'], order: number): boolean {
  if (comparison === '=') return order === 0
  return comparison === '>=' ? order >= 0 : order <= 0
}

/** How a stored value of a type stands to a filter's: text by its UTF-8 bytes, as Delta's statistics have it. */
function comparisonWith(type: DataType, value: string): (stored: string | number) => number {
  if (type === 'double') return (stored) => Number(stored) - Number(value)
  if (type === 'timestamp') {
    const wanted = microsOf(value)
    return (stored) => Number(BigInt(stored) - wanted)
  }
  const wanted = Buffer.from(value)
  return (stored) => Buffer.compare(Buffer.from(`${stored}`), wanted)
}

function microsOf(iso: string): bigint {
  const [, seconds = '', fraction = ''] = /^([^.]+)(?:\.(\d+))?Z$/.exec(iso) ?? []
  return BigInt(Date.parse(`${seconds}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'))
}
