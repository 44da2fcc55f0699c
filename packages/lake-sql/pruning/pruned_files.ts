// Which files of a table a query can do without: those of which the partition values or the statistics say that no row
// meets the conditions. Sound first: a file is left out only when that is certain, whoever wrote the statistics.
// Source: PROTOCOL.md, Per-file Statistics; docs/delta.md, Statistics.

import { recordCount, statisticsOf } from '#delta/data_file/statistics'
import type { AddFile } from '#delta/log/actions'
import { mappingMode, physicalName } from '#delta/schema/column_mapping'
import { partitionValue } from '#delta/schema/partition_value'
import { isWidened } from '#delta/schema/type_widening'
import type { Snapshot } from '#delta/snapshot'
import type { Comparison, Condition, Scan } from '#lake-sql/pruning/condition'
import { columnRange, constantValue, type PruneValue, type ValueRange } from '#lake-sql/pruning/value_ranges'

/** The files that one of the scans may need; all when nothing is known of the query. */
export function prunedFiles(snapshot: Snapshot, scans: readonly Scan[] | undefined): readonly AddFile[] {
  const files = [...snapshot.files.values()]
  if (scans === undefined) return files
  const tests = scans.map((scan) => scan.flatMap((condition) => fileTest(snapshot, condition) ?? []))
  if (tests.some((test) => test.length === 0)) return files
  return files.filter((file) => {
    const facts = factsOf(file)
    return tests.some((test) => test.every((mayMatch) => mayMatch(facts)))
  })
}

/** Whether a file may have a row that meets the condition. */
type FileTest = (file: FileFacts) => boolean

interface FileFacts {
  readonly file: AddFile
  readonly minValues: Tree
  readonly maxValues: Tree
  readonly nullCount: Tree
  readonly rows: number | undefined
}

type Tree = Readonly<Record<string, unknown>>

/** undefined when the condition is not understood for its columns' types. */
function fileTest(snapshot: Snapshot, condition: Condition): FileTest | undefined {
  if (condition.kind === 'compare') return comparisonTest(snapshot, condition)
  const tests = condition.conditions.map((each) => fileTest(snapshot, each))
  const known = tests.filter((test) => test !== undefined)
  if (known.length === 0) return undefined
  if (condition.kind === 'all') return (facts) => known.every((mayMatch) => mayMatch(facts))
  return known.length < tests.length ? undefined : (facts) => known.some((mayMatch) => mayMatch(facts))
}

function comparisonTest(
  { schema, metadata }: Snapshot,
  { column, comparison, constant }: Extract<Condition, { kind: 'compare' }>,
): FileTest | undefined {
  const field = schema.fields.find(({ name }) => name === column)
  // A column that came after this version of the table is NULL in all rows.
  if (field === undefined) return () => false
  // The files' bounds may be of another type than the column is now: a float's is not that of the double it became.
  if (isWidened(field)) return undefined
  const { type } = field
  if (typeof type !== 'string') return undefined
  const value = constantValue(type, constant)
  if (value === undefined) return undefined
  const mayMatch = (range: ValueRange) => mayCompare(range, comparison, value)
  const isPartition = metadata.partitionColumns.includes(column)
  const stored = physicalName(field, mappingMode(metadata) ?? 'none')
  return (facts) => {
    if (isPartition) {
      const text = partitionValue(facts.file, stored)
      if (text === null) return false
      return mayMatch(columnRange(type, { min: text, max: text, exact: true }))
    }
    if (isAllNull(facts, stored)) return false
    const bounds = { min: memberOf(facts.minValues, stored), max: memberOf(facts.maxValues, stored) }
    return mayMatch(columnRange(type, bounds))
  }
}

function mayCompare(range: ValueRange, comparison: Comparison, value: PruneValue): boolean {
  switch (comparison) {
    case '=':
      return !range.noneEqual(value)
    case '<':
      return !range.allAtLeast(value)
    case '<=':
      return !range.allAbove(value)
    case '>':
      return !range.allAtMost(value)
    case '>=':
      return !range.allBelow(value)
  }
}

function factsOf(file: AddFile): FileFacts {
  const stats = statisticsOf(file)
  return {
    file,
    minValues: treeOf(stats.minValues),
    maxValues: treeOf(stats.maxValues),
    nullCount: treeOf(stats.nullCount),
    rows: recordCount(file),
  }
}

function treeOf(value: unknown): Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Tree) : {}
}

function memberOf(tree: Tree, name: string): unknown {
  return Object.hasOwn(tree, name) ? tree[name] : undefined
}

function isAllNull({ nullCount, rows }: FileFacts, name: string): boolean {
  return rows !== undefined && rows > 0 && memberOf(nullCount, name) === rows
}
