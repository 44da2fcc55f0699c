// Columns of numbers that get longer: a typed array cannot, so its values move into another.

/** The column in memory for so many rows, which are at least as many as it has. */
export function grown<T extends Int32Array | Float64Array>(column: T, rows: number): T {
  const longer = new (column.constructor as new (length: number) => T)(rows)
  longer.set(column)
  return longer
}
