// Which files of a table a query can do without: those of which the partition values or the statistics say that no row
// meets the conditions. Sound first: a file is left out only when that is certain, whoever wrote the statistics.
// Source: PROTOCOL.md, Per-file Statistics; delta.md section 1, Stats.

import type { AddFile } from '#delta/actions'
import { parseLogJson } from '#delta/log_json'
import { partitionValue } from '#delta/partition'
import type { Snapshot } from '#delta/snapshot'
import { recordCount } from '#delta/statistics'
import { columnRange, literalValue, type PruneValue, type ValueRange } from '#lake-sql/prune_values'
import type { Comparison, Condition, Scan } from '#lake-sql/scan'

/** The files that one of the scans may need. No scans: nothing is known of the query, so all. */
export function prunedFiles(snapshot: Snapshot, scans: readonly Scan[]): readonly AddFile[] {
  const files = [...snapshot.files.values()]
  const tests = scans.map((scan) => scan.flatMap((condition) => fileTest(snapshot, condition) ?? []))
  if (tests.length === 0 || tests.some((test) => test.length === 0)) return files
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

/** undefined when the condition is not understood for the column's type. */
function fileTest(snapshot: Snapshot, { column, qualifier, test }: Condition): FileTest | undefined {
  const { schema, metadata } = snapshot
  const field = schema.fields.find((each) => each.name.toLowerCase() === column)
  // `x.y` is the member y of a column x, if there is one.
  const isMember = schema.fields.some((each) => each.name.toLowerCase() === qualifier)
  if (field === undefined || isMember || typeof field.type !== 'string') return undefined
  const { name, type } = field
  const mayMatch = rangeTest(type, test)
  if (mayMatch === undefined) return undefined
  const isPartition = metadata.partitionColumns.includes(name)
  return (facts) => {
    if (isPartition) {
      const value = partitionValue(facts.file, name)
      if (value === null) return false
      return mayMatch(columnRange(type, { min: value, max: value, exact: true }))
    }
    if (isAllNull(facts, name)) return false
    return mayMatch(columnRange(type, { min: memberOf(facts.minValues, name), max: memberOf(facts.maxValues, name) }))
  }
}

/** Whether a value of the range may meet the test; undefined when one of its constants is not understood. */
function rangeTest(type: string, test: Condition['test']): ((range: ValueRange) => boolean) | undefined {
  const compared = test.kind === 'all' ? test.comparisons : test.literals.map((literal) => ['=', literal] as const)
  const understood: ((range: ValueRange) => boolean)[] = []
  for (const [comparison, literal] of compared) {
    const value = literalValue(type, literal)
    if (value === undefined) return undefined
    understood.push((range) => mayCompare(range, comparison, value))
  }
  if (test.kind === 'all') return (range) => understood.every((mayMatch) => mayMatch(range))
  return (range) => understood.some((mayMatch) => mayMatch(range))
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
  const stats = statsOf(file)
  return {
    file,
    minValues: treeOf(stats.minValues),
    maxValues: treeOf(stats.maxValues),
    nullCount: treeOf(stats.nullCount),
    rows: recordCount(file),
  }
}

function statsOf(file: AddFile): Tree {
  if (typeof file.stats !== 'string') return {}
  try {
    return treeOf(parseLogJson(file.stats))
  } catch {
    return {}
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
