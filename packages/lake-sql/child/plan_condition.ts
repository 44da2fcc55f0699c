// Filters of DuckDB's plan as conditions on columns of tables. Anything but columns compared with constants, joined by
// AND and OR, is no condition; inside an OR it makes the whole none.

import { asNode, type Node, nodesOf } from '#lake-sql/child/json_node'
import type { Comparison, Condition, Constant } from '#lake-sql/pruning/condition'
import { DAY_MS } from '#runtime/units'

/** A column of a table at one place that reads it, as it is or rounded down. */
export interface Source {
  /** The conditions of that place so far: the place itself, to tell it from others. */
  readonly scan: Condition[]
  readonly column: string
  /** DuckDB's name of the column's type. */
  readonly type: string
  /** What is compared may lie below the column's value, by less than this: time_bucket, a timestamp cast to a date. */
  readonly floorMicros?: number
}

/** Where the expression that a BOUND_REF means comes from, by its index. */
export type Sources = (index: unknown) => Source | undefined

/** Constants of one filter that are looked at; a filter with more is no condition. */
export const FILTER_CONSTANTS_MAX = 1_000

/** Notes what a filter asks of the one place that all its columns come from. */
export function noteFilter(filter: Node, sources: Sources): void {
  const found: Found = { scans: new Set(), constants: 0 }
  const condition = conditionOf(filter, sources, found)
  const [scan, ...others] = found.scans
  if (condition === undefined || scan === undefined || others.length > 0) return
  if (found.constants <= FILTER_CONSTANTS_MAX) scan.push(condition)
}

/** Notes a filter that the plan has moved into the reading of a column itself (DuckDB's TableFilter). */
export function noteTableFilter(filter: Node, source: Source): void {
  const expression = asNode(filter.expr)
  if (filter.filter_type === 'EXPRESSION_FILTER' && expression !== undefined) noteFilter(expression, () => source)
  const condition = tableCondition(filter, source)
  if (condition !== undefined) source.scan.push(condition)
}

/** Where the value of an expression comes from. */
export function sourceOf(expression: Node | undefined, sources: Sources): Source | undefined {
  if (expression?.type === 'BOUND_REF') return sources(expression.index)
  const floor = expression === undefined ? undefined : flooredBy(expression)
  const inner = floor === undefined ? undefined : sourceOf(floor.of, sources)
  if (floor === undefined || inner === undefined || !INSTANTS.has(inner.type)) return undefined
  return { ...inner, floorMicros: (inner.floorMicros ?? 0) + floor.micros }
}

interface Found {
  readonly scans: Set<Condition[]>
  constants: number
}

function conditionOf(node: Node, sources: Sources, found: Found): Condition | undefined {
  switch (node.type) {
    case 'CONJUNCTION_AND':
      return allOf(nodesOf(node.children).map((child) => conditionOf(child, sources, found)))
    case 'CONJUNCTION_OR':
      return anyOf(nodesOf(node.children).map((child) => conditionOf(child, sources, found)))
    case 'COMPARE_IN': {
      const [input, ...values] = nodesOf(node.children)
      return anyOf(values.map((value) => compared([input, '=', value], sources, found)))
    }
    case 'COMPARE_BETWEEN': {
      const input = asNode(node.input)
      const low = compared([input, node.lower_inclusive === true ? '>=' : '>', asNode(node.lower)], sources, found)
      const high = compared([input, node.upper_inclusive === true ? '<=' : '<', asNode(node.upper)], sources, found)
      return allOf([low, high])
    }
    default: {
      const [comparison, flipped] = COMPARISONS[String(node.type)] ?? []
      if (comparison === undefined || flipped === undefined) return undefined
      const [left, right] = [asNode(node.left), asNode(node.right)]
      return compared([left, comparison, right], sources, found) ?? compared([right, flipped, left], sources, found)
    }
  }
}

const COMPARISONS: Readonly<Record<string, readonly [Comparison, flipped: Comparison]>> = {
  COMPARE_EQUAL: ['=', '='],
  COMPARE_LESSTHAN: ['<', '>'],
  COMPARE_LESSTHANOREQUALTO: ['<=', '>='],
  COMPARE_GREATERTHAN: ['>', '<'],
  COMPARE_GREATERTHANOREQUALTO: ['>=', '<='],
}

function compared(
  [input, comparison, value]: readonly [Node | undefined, Comparison, Node | undefined],
  sources: Sources,
  found: Found,
): Condition | undefined {
  // Whichever of them is the value meets the comparison.
  if (input?.type === 'OPERATOR_COALESCE') {
    return anyOf(nodesOf(input.children).map((child) => compared([child, comparison, value], sources, found)))
  }
  const source = sourceOf(input, sources)
  const constant = value?.type === 'VALUE_CONSTANT' ? constantOf(value.value) : undefined
  if (source === undefined || constant === undefined) return undefined
  found.scans.add(source.scan)
  found.constants++
  return conditionOn(source, comparison, constant)
}

function conditionOn(source: Source, comparison: Comparison, constant: Constant): Condition | undefined {
  const { column, type, floorMicros } = source
  if (floorMicros === undefined) return { kind: 'compare', column, comparison, constant }
  const from = microsOf(constant)
  if (from === undefined || !Number.isSafeInteger(from + floorMicros)) return undefined
  const bound = (at: Comparison, value: number): Condition => {
    return { kind: 'compare', column, comparison: at, constant: { type, value } }
  }
  if (comparison === '=') return allOf([bound('>=', from), bound('<', from + floorMicros)])
  return comparison.startsWith('<') ? bound('<', from + floorMicros) : bound(comparison, from)
}

const INSTANTS: ReadonlySet<unknown> = new Set(['TIMESTAMP', 'TIMESTAMP WITH TIME ZONE'])
const DAY_MICROS = DAY_MS * 1_000

function microsOf({ type, value }: Constant): number | undefined {
  if (typeof value !== 'number') return undefined
  if (type === 'DATE') return value * DAY_MICROS
  return INSTANTS.has(type) ? value : undefined
}

/**
 * What an expression rounds down, and by less than what. Queries run in UTC, whose days are all the same.
 */
function flooredBy(node: Node): { readonly of: Node; readonly micros: number } | undefined {
  const children = nodesOf(node.children)
  const [width, of = asNode(node.child)] = children
  if (of === undefined) return undefined
  if (node.type === 'OPERATOR_CAST') {
    return asNode(node.return_type)?.id === 'DATE' ? { of, micros: DAY_MICROS } : undefined
  }
  if (node.type !== 'BOUND_FUNCTION' || node.name !== 'time_bucket' || children.length !== 2) return undefined
  const micros = intervalMicros(width)
  return micros === undefined ? undefined : { of, micros }
}

/** A month is of no fixed length. */
function intervalMicros(node: Node | undefined): number | undefined {
  const { months, days, micros } = asNode(asNode(node?.value)?.value) ?? {}
  if (months !== 0 || typeof days !== 'number' || typeof micros !== 'number') return undefined
  const total = days * DAY_MICROS + micros
  return total > 0 && Number.isSafeInteger(total) ? total : undefined
}

/** What such a filter may leave untested (OPTIONAL_FILTER) is a filter of the plan as well, and read there. */
function tableCondition(filter: Node, source: Source): Condition | undefined {
  if (filter.filter_type === 'CONJUNCTION_AND') {
    return allOf(nodesOf(filter.child_filters).map((child) => tableCondition(child, source)))
  }
  const [comparison] = COMPARISONS[String(filter.comparison_type)] ?? []
  const constant = constantOf(filter.constant)
  if (filter.filter_type !== 'CONSTANT_COMPARISON' || comparison === undefined || constant === undefined) {
    return undefined
  }
  return conditionOn(source, comparison, constant)
}

/** Without those that are not understood: the others must hold still. */
function allOf(conditions: readonly (Condition | undefined)[]): Condition | undefined {
  const known = conditions.filter((condition) => condition !== undefined)
  return known.length === 0 ? undefined : { kind: 'all', conditions: known }
}

function anyOf(conditions: readonly (Condition | undefined)[]): Condition | undefined {
  const known = conditions.filter((condition) => condition !== undefined)
  return known.length === 0 || known.length < conditions.length ? undefined : { kind: 'any', conditions: known }
}

/** undefined for NULL, and for what a number of JavaScript does not hold. */
function constantOf(value: unknown): Constant | undefined {
  const node = asNode(value)
  const type = asNode(node?.type)?.id
  const content = node?.value
  if (node?.is_null !== false || typeof type !== 'string') return undefined
  if (typeof content === 'string') return { type, value: content }
  if (typeof content !== 'number' || !Number.isFinite(content)) return undefined
  return type === 'DOUBLE' || Number.isSafeInteger(content) ? { type, value: content } : undefined
}
