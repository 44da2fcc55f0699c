// Which rows of which tables a query can use, out of DuckDB's own plan of it. What a filter of a plan drops can neither
// appear in the result nor influence it, whatever the tables hold: it is DuckDB that proves it, and moves filters
// through views, joins, CTEs, subqueries and windows as far as that is right. Here they are read where they got to, and
// followed down a little further, to the place that reads the table.

import { asNode, type Node, nodesOf, visitNodes } from '#lake-sql/child/json_node'
import { noteFilter, noteTableFilter, type Source, type Sources, sourceOf } from '#lake-sql/child/plan_condition'
import type { Condition, Scan } from '#lake-sql/pruning/condition'

/** The scans of a plan's tables, by their names as the plan has them; undefined when it has a node of unknown form. */
export function planScans(plan: unknown, schema: string): ReadonlyMap<string, readonly Scan[]> | undefined {
  const found: Found = { schema, scans: new Map(), reads: 0, unknown: false }
  const root = asNode(plan)
  if (root === undefined) return undefined
  outputsOf(root, found)
  let reads = 0
  visitNodes(plan, (node) => {
    if (node.type === 'LOGICAL_GET') reads++
  })
  return found.unknown || reads !== found.reads ? undefined : found.scans
}

interface Found {
  readonly schema: string
  readonly scans: Map<string, Condition[][]>
  /** LOGICAL_GETs that were looked at. */
  reads: number
  unknown: boolean
}

/** What the columns of a node's output are: of tables, where a condition on the output is one on the table's rows. */
type Outputs = readonly (Source | undefined)[]

/** Notes the filters of a node and of all below it. */
function outputsOf(node: Node, found: Found): Outputs {
  const children = nodesOf(node.children).map((child) => outputsOf(child, found))
  const [below = []] = children
  const sources: Sources = (index) => (typeof index === 'number' ? below[index] : undefined)
  switch (node.type) {
    case 'LOGICAL_GET':
      return scanOutputs(node, found)
    case 'LOGICAL_FILTER':
      for (const filter of nodesOf(node.expressions)) noteFilter(filter, sources)
      return chosen(below, node.projection_map)
    case 'LOGICAL_PROJECTION':
      return nodesOf(node.expressions).map((expression) => sourceOf(expression, sources))
    case 'LOGICAL_WINDOW':
      return below.map((source, i) => (isPartitionedBy(node, i) ? source : undefined))
    case 'LOGICAL_AGGREGATE_AND_GROUP_BY':
      return groupOutputs(node, sources)
    default:
      return []
  }
}

/** Reading a table. Other functions that give rows read none of ours. */
function scanOutputs(node: Node, found: Found): Outputs {
  found.reads++
  if (node.name !== 'seq_scan') return []
  const { schema, table } = asNode(node.function_data) ?? {}
  if (schema !== found.schema || typeof table !== 'string' || !Array.isArray(node.names)) {
    found.unknown = true
    return []
  }
  const scan: Condition[] = []
  found.scans.set(table, [...(found.scans.get(table) ?? []), scan])
  const types = nodesOf(node.returned_types)
  const columns = (node.names as unknown[]).map((column, i): Source | undefined => {
    const type = types[i]?.id
    return typeof column === 'string' && typeof type === 'string' ? { scan, column, type } : undefined
  })
  for (const { key, value } of nodesOf(asNode(node.table_filters)?.filters)) {
    const [source, filter] = [columns[Number(key)], asNode(value)]
    if (source !== undefined && filter !== undefined) noteTableFilter(filter, source)
  }
  const read = nodesOf(node.column_indexes).map(({ index, index_type: kind }) =>
    kind === 'FULL_READ' ? columns[Number(index)] : undefined,
  )
  return chosen(read, node.projection_ids)
}

/** The outputs that a list of indexes picks; without one, all. */
function chosen(outputs: Outputs, indexes: unknown): Outputs {
  if (!Array.isArray(indexes) || indexes.length === 0) return outputs
  return indexes.map((index) => outputs[Number(index)])
}

/** A window works on the rows of one partition: dropping whole partitions changes nothing for the others. */
function isPartitionedBy(window: Node, index: number): boolean {
  return nodesOf(window.expressions).every((expression) =>
    nodesOf(expression.partitions).some((partition) => partition.type === 'BOUND_REF' && partition.index === index),
  )
}

/** Dropping whole groups changes nothing for the others; with several sets of groups a row is in several. */
function groupOutputs(node: Node, sources: Sources): Outputs {
  const sets = node.grouping_sets
  if (Array.isArray(sets) && sets.length > 1) return []
  return nodesOf(node.groups).map((group) => sourceOf(group, sources))
}
