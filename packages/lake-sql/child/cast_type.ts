// Types to cast values to, as SQL: a type with some of those within it replaced. Fields without a name, as `(a, b)` and
// row(a, b) make them, always get one: `_1`, `_2`, as Spark calls them. DuckDB's client keeps but the last of fields
// that are called the same.

import {
  DuckDBArrayType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBUnionType,
} from '@duckdb/node-api'
import { quoteName } from '#duckdb/quoting'

/** A column of a statement, as it was prepared. */
export interface PreparedColumn {
  readonly name: string
  readonly type: DuckDBType
}

/** The statement with each column called by its name and cast to its target, if it has one. */
export function castQuerySql(
  statement: string,
  { names, targets }: { readonly names: readonly string[]; readonly targets: readonly (string | undefined)[] },
): string {
  const columns = names.map((name, i) => {
    const target = targets[i]
    const value = target === undefined ? `#${i + 1}` : `CAST(#${i + 1} AS ${target})`
    return `${value} AS ${quoteName(name)}`
  })
  // The line end closes a comment that the statement may end with.
  return `SELECT ${columns.join(', ')} FROM (${statement}\n)`
}

/** What a type is replaced with; undefined when it stays, but for those within it. */
export type Replacement = (type: DuckDBType) => string | undefined

/** The type to cast to; undefined when values are to stay as they are. */
export function castType(type: DuckDBType, replacement: Replacement): string | undefined {
  const { sql, isChanged } = written(type, replacement)
  return isChanged ? sql : undefined
}

interface WrittenType {
  readonly sql: string
  readonly isChanged: boolean
}

function written(type: DuckDBType, replacement: Replacement): WrittenType {
  const replaced = replacement(type)
  if (replaced !== undefined) return { sql: replaced, isChanged: true }
  const inner = (each: DuckDBType) => written(each, replacement)
  if (type instanceof DuckDBStructType) {
    const fields = writtenFields(type.entryNames, type.entryTypes.map(inner))
    return { sql: `STRUCT(${fields.sql})`, isChanged: fields.isChanged || type.entryNames.includes('') }
  }
  if (type instanceof DuckDBUnionType) {
    const fields = writtenFields(type.memberTags, type.memberTypes.map(inner))
    return { ...fields, sql: `UNION(${fields.sql})` }
  }
  if (type instanceof DuckDBMapType) {
    const key = inner(type.keyType)
    const value = inner(type.valueType)
    return { sql: `MAP(${key.sql}, ${value.sql})`, isChanged: key.isChanged || value.isChanged }
  }
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) {
    const { sql, isChanged } = inner(type.valueType)
    return { sql: `${sql}[${type instanceof DuckDBArrayType ? type.length : ''}]`, isChanged }
  }
  return { sql: type.typeId === DuckDBTypeId.SQLNULL ? 'INTEGER' : `${type}`, isChanged: false }
}

function writtenFields(names: readonly string[], types: readonly WrittenType[]): WrittenType {
  const texts = types.map(({ sql }, i) => `${quoteName(names[i] || `_${i + 1}`)} ${sql}`)
  return { sql: texts.join(', '), isChanged: types.some(({ isChanged }) => isChanged) }
}
