// The path of a new data file. Its partition values stand in the log, so their form in the path is for people: our keys
// stay within characters that no engine and no store has to escape. Source: docs/delta.md, What our tables are.

/** A new data file. */
export interface NewDataFile {
  readonly partitionColumns: readonly string[]
  readonly partitionValues: Readonly<Record<string, string | null>>
  /** Unique for life (UUID). */
  readonly id: string
  /** Tells the files of one commit apart; 0 by default. */
  readonly part?: number
}

/** The path of a new data file, which is its key, too: `date=2026-11-21/part-00000-<id>.c000.zstd.parquet`. */
export function newDataFilePath({ partitionColumns, partitionValues, id, part = 0 }: NewDataFile): string {
  const folders = partitionColumns.map((column) => {
    const value = partitionValues[column] ?? null
    return `${plain(column)}=${value === null || value === '' ? HIVE_NULL : plain(value)}`
  })
  return [...folders, `part-${String(part).padStart(5, '0')}-${id}.c000.zstd.parquet`].join('/')
}

const HIVE_NULL = '__HIVE_DEFAULT_PARTITION__'
const AWKWARD = /[^A-Za-z0-9._-]/gu

/** Each byte of an awkward character as `_` and two hex digits. Not meant to be read back. */
function plain(text: string): string {
  return text.replace(AWKWARD, (character) =>
    Array.from(new TextEncoder().encode(character), (byte) => `_${byte.toString(16).padStart(2, '0')}`).join(''),
  )
}
