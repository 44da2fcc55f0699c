// A sum of doubles without rounding, so that any order of the same numbers gives the same result, to the bit.
// Invariant: high + low + all of rest is the exact sum.
// Source: Shewchuk, Adaptive Precision Floating-Point Arithmetic (1997).

/** The exact sum so far, as plain numbers. `rest` is needed only when two doubles cannot hold it. */
export interface ExactSum {
  high: number
  low: number
  rest: number[] | null
}

/** The sum of nothing. */
export function emptySum(): ExactSum {
  return { high: 0, low: 0, rest: null }
}

/** Adds a number >= 0. Beyond the range of doubles the sum is Infinity and stays so. */
export function addExactly(sum: ExactSum, value: number): void {
  const before = sum.high
  const after = before + value
  const added = after - before
  const error = before - (after - added) + (value - added)
  sum.high = after
  if (error !== 0) addError(sum, error)
}

/** The exact sum, rounded once, to the nearest double. */
export function roundedSum(sum: ExactSum): number {
  if (sum.rest === null) return sum.high + sum.low
  const partials = sum.rest.slice()
  grow(partials, sum.low)
  grow(partials, sum.high)
  return roundOnce(partials)
}

function addError(sum: ExactSum, error: number): void {
  if (Number.isNaN(error)) {
    sum.high = Number.POSITIVE_INFINITY
    sum.low = 0
    sum.rest = null
    return
  }
  const before = sum.low
  const after = before + error
  const added = after - before
  const lost = before - (after - added) + (error - added)
  sum.low = after
  if (lost === 0) return
  sum.rest ??= []
  grow(sum.rest, lost)
}

/** Adds to an expansion: numbers that do not overlap, smallest first. */
function grow(partials: number[], value: number): void {
  let carried = value
  let kept = 0
  for (const partial of partials) {
    const sum = carried + partial
    const added = sum - carried
    const error = carried - (sum - added) + (partial - added)
    if (error !== 0) partials[kept++] = error
    carried = sum
  }
  partials.length = kept
  partials.push(carried)
}

/**
 * Rounds an expansion: what is cut off decides only when it lies exactly half-way, and then by the sign of what
 * follows.
 */
function roundOnce(partials: readonly number[]): number {
  let index = partials.length - 1
  let sum = partials[index] as number
  let cut = 0
  while (index > 0 && cut === 0) {
    const next = partials[--index] as number
    const rounded = sum + next
    cut = next - (rounded - sum)
    sum = rounded
  }
  const below = index > 0 ? (partials[index - 1] as number) : 0
  if (cut === 0 || Math.sign(below) !== Math.sign(cut)) return sum
  const neighbour = sum + cut * 2
  return neighbour - sum === cut * 2 ? neighbour : sum
}
