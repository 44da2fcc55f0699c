// What a data file's statistics tell: how many rows it has, and how new the newest is. Read once a file, however many
// versions of its table have it.

import { recordCount, statisticsOf } from '#delta/data_file/statistics'
import type { AddFile } from '#delta/log/actions'
import { INGEST_TIME_COLUMN, type TableSpec } from '#lake/tables'
import { DEAD_LETTERS_TOPIC } from '#market/topics'
import type { EpochMs } from '#runtime/units'

/** Null: the file's statistics do not tell. */
export interface FileFacts {
  readonly rows: number | null
  readonly newest: EpochMs | null
}

/** The column that says how new a row is. */
export function newestColumnOf({ topic, barIntervalMs }: TableSpec): string {
  if (barIntervalMs !== undefined) return 'window_end'
  return topic === DEAD_LETTERS_TOPIC ? INGEST_TIME_COLUMN : 'event_time'
}

const known = new WeakMap<AddFile, FileFacts>()

/** The facts of a file of a table whose rows are as new as that column says. */
export function fileFacts(file: AddFile, newestColumn: string): FileFacts {
  const facts = known.get(file) ?? readFacts(file, newestColumn)
  known.set(file, facts)
  return facts
}

function readFacts(file: AddFile, newestColumn: string): FileFacts {
  const count = recordCount(file)
  const rows = count === undefined ? null : count - (file.deletionVector?.cardinality ?? 0)
  const { maxValues } = statisticsOf(file)
  const text = isFields(maxValues) ? maxValues[newestColumn] : undefined
  const newest = typeof text === 'string' ? Date.parse(text) : Number.NaN
  return { rows, newest: Number.isNaN(newest) ? null : (newest as EpochMs) }
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
