// A sum of doubles without rounding, so that any order of the same numbers gives the same result, to the bit.
// Invariant: high + low + all of rest is the exact sum.
// Source: Shewchuk, Adaptive Precision Floating-Point Arithmetic (1997).

/** Where sums are kept. Each is two of the numbers, `high` and after it `low`: both 0 when it is the sum of nothing. */
export interface ExactSums {
  readonly numbers: Float64Array
  /** The `rest` of a sum that two doubles cannot hold, by its place; null while there is none. */
  rests: Map<number, number[]> | null
}

/** Adds a number >= 0 to the sum at a place. Beyond the range of doubles it is Infinity and stays so. */
export function addExactly(sums: ExactSums, place: number, value: number): void {
  const { numbers } = sums
  const before = numbers[place] as number
  const after = before + value
  const added = after - before
  const error = before - (after - added) + (value - added)
  numbers[place] = after
  if (error !== 0) addError(sums, place, error)
}

/** The exact sum at a place, rounded once, to the nearest double. */
export function roundedSum(sums: ExactSums, place: number): number {
  const [high, low] = [sums.numbers[place] as number, sums.numbers[place + 1] as number]
  const rest = restOf(sums, place)
  if (rest === null) return high + low
  const partials = rest.slice()
  grow(partials, low)
  grow(partials, high)
  return roundOnce(partials)
}

/** What two doubles cannot hold of the sum at a place; null when they hold all. */
export function restOf({ rests }: ExactSums, place: number): readonly number[] | null {
  return rests?.get(place) ?? null
}

/** Puts a rest in, as `restOf` has told it. */
export function setRest(sums: ExactSums, place: number, rest: number[]): void {
  sums.rests ??= new Map()
  sums.rests.set(place, rest)
}

function addError(sums: ExactSums, place: number, error: number): void {
  const { numbers } = sums
  if (Number.isNaN(error)) {
    numbers[place] = Number.POSITIVE_INFINITY
    numbers[place + 1] = 0
    sums.rests?.delete(place)
    return
  }
  const before = numbers[place + 1] as number
  const after = before + error
  const added = after - before
  const lost = before - (after - added) + (error - added)
  numbers[place + 1] = after
  if (lost === 0) return
  const rest = sums.rests?.get(place) ?? []
  grow(rest, lost)
  setRest(sums, place, rest)
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
