// Turns the answer of COPY ... RETURN_STATS into statistics for packages/delta. DuckDB gives bounds as text, and cuts
// strings to 256 bytes, with the maximum rounded up. packages/delta derives from them what readers may rely on.

import type { ColumnRange, FileStatistics } from '#delta/data_file/statistics'

/** Reads the row that RETURN_STATS gives for a file, in DuckDB's JSON form. */
export function fileStatistics(returned: Readonly<Record<string, unknown>>): FileStatistics {
  const columns = new Map<string, ColumnRange>()
  for (const [name, facts] of entriesOf(returned.column_statistics)) {
    columns.set(name.replace(/^"(.*)"$/, '$1'), columnRange(new Map(entriesOf(facts))))
  }
  return { numRecords: Number(returned.count ?? 0), columns }
}

/** DuckDB's JSON form of a map: a list of key and value. */
function entriesOf(map: unknown): [string, unknown][] {
  if (!Array.isArray(map)) return []
  return map.map((entry: { key: string; value: unknown }) => [entry.key, entry.value])
}

function columnRange(facts: ReadonlyMap<string, unknown>): ColumnRange {
  const nullCount = Number(facts.get('null_count') ?? 0)
  const [min, max] = [facts.get('min'), facts.get('max')]
  const bounded = typeof min === 'string' && typeof max === 'string' && facts.get('has_nan') !== 'true'
  return bounded ? { nullCount, min, max } : { nullCount }
}
