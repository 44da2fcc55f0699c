// Statistics of data files as JSON text. Invariant: min is never above and max never below any value of the file, in
// the order that readers use; what cannot be said safely is left out. Wrong statistics are rows that silently go
// missing. Source: PROTOCOL.md, Per-file Statistics; docs/delta.md, Statistics.

import { type Bound, type BoundSide, encodeBound } from '#delta/data_file/statistics_bound'
import { STATISTICS_COLUMNS_MAX } from '#delta/limits'
import type { AddFile, Long } from '#delta/log/actions'
import { parseLogJson, stringifyLogJson } from '#delta/log/json'
import { type DataType, isStruct, type PrimitiveType, type StructType } from '#delta/schema/schema'

/**
 * What the Parquet writer reports of a column. min and max are as encodeBound takes them and bound all values: the
 * writer may have shortened a string, min downwards and max upwards. A column of floats with a NaN in it must come
 * without both.
 */
export interface ColumnRange {
  readonly nullCount: Long
  readonly min?: Bound
  readonly max?: Bound
}

/** The facts of one data file. */
export interface FileStatistics {
  readonly numRecords: number
  /** By column; a field inside a struct by its dotted path. */
  readonly columns: ReadonlyMap<string, ColumnRange>
  /** Columns that are not in the file. Needed only when `columns` has them. */
  readonly partitionColumns?: readonly string[]
}

/** The `stats` of an add action. */
export function encodeStatistics(schema: StructType, stats: FileStatistics): string {
  const leaves = leavesOf(schema)
    .filter(([path]) => !stats.partitionColumns?.includes(path[0] ?? ''))
    .slice(0, STATISTICS_COLUMNS_MAX)
  const [minValues, maxValues, nullCount] = [newTree(), newTree(), newTree()]
  for (const [path, type] of leaves) {
    const range = stats.columns.get(path.join('.'))
    if (range === undefined) continue
    graft(nullCount, path, range.nullCount)
    graft(minValues, path, boundOf(type, range, 'min'))
    graft(maxValues, path, boundOf(type, range, 'max'))
  }
  return stringifyLogJson({ numRecords: stats.numRecords, minValues, maxValues, nullCount, tightBounds: true })

  function boundOf(type: DataType, range: ColumnRange, side: BoundSide): unknown {
    const value = range[side]
    const allNull = Number(range.nullCount) >= stats.numRecords
    if (value === undefined || allNull || typeof type !== 'string') return undefined
    return encodeBound(type as PrimitiveType, value, side)
  }
}

/** Rows of the table in the files, without deleted ones, by their statistics; null when one does not tell. */
export function rowsIn(files: readonly AddFile[]): number | null {
  let rows = 0
  for (const file of files) {
    const count = recordCount(file)
    if (count === undefined) return null
    rows += count - (file.deletionVector?.cardinality ?? 0)
  }
  return rows
}

/** Bytes of the files. */
export function bytesIn(files: readonly AddFile[]): number {
  return files.reduce((bytes, file) => bytes + Number(file.size), 0)
}

/** Rows of a file, deleted ones too, by its statistics; undefined when they do not tell. */
export function recordCount(file: AddFile): number | undefined {
  const { numRecords } = statisticsOf(file)
  return typeof numRecords === 'number' && Number.isSafeInteger(numRecords) && numRecords >= 0 ? numRecords : undefined
}

/** The statistics of a file as whoever wrote them left them; empty when there are none that can be read. */
export function statisticsOf(file: AddFile): Readonly<Record<string, unknown>> {
  if (typeof file.stats !== 'string') return {}
  try {
    const stats = parseLogJson(file.stats)
    return typeof stats === 'object' && stats !== null && !Array.isArray(stats) ? (stats as Tree) : {}
  } catch {
    return {}
  }
}

/** A column's name may be any string, `__proto__` included. */
interface Tree {
  [name: string]: unknown
}

function newTree(): Tree {
  return Object.create(null) as Tree
}

function graft(tree: Tree, path: readonly string[], value: unknown): void {
  if (value === undefined) return
  let branch = tree
  for (const name of path.slice(0, -1)) {
    branch[name] ??= newTree()
    branch = branch[name] as Tree
  }
  branch[path.at(-1) ?? ''] = value
}

function leavesOf(schema: StructType, prefix: readonly string[] = []): (readonly [readonly string[], DataType])[] {
  return schema.fields.flatMap(({ name, type }) =>
    isStruct(type) ? leavesOf(type, [...prefix, name]) : [[[...prefix, name], type] as const],
  )
}
