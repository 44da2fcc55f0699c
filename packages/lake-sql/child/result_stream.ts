// One statement's result as events, taken from DuckDB chunk by chunk. Rows are made into text only when they are asked
// for, so that what waits is DuckDB's own bounded buffer.

import { type DuckDBDataChunk, type DuckDBPreparedStatement, type DuckDBResult, StatementType } from '@duckdb/node-api'
import { cellEncoder, kindOf } from '#lake-sql/child/cell'
import { SQL_BATCH_CHARS, SQL_VALUE_CHARS_MAX } from '#lake-sql/limits'
import type { Cell, ResultEvent, ResultRow } from '#lake-sql/result'
import { PlatformError } from '#runtime/errors'

/** What is sent is decided by whoever asks: rows, or only how many there are. */
export interface Demand {
  skip: boolean
}

/** How a result is taken. */
export interface ResultParts {
  readonly demand: Demand
  readonly rowCharsMax?: number | undefined
  readonly elapsed: () => number
  readonly requireWhole: () => Promise<void>
}

/**
 * Runs a prepared query. `elapsed` tells the milliseconds since it began; `requireWhole` throws if it failed unheard.
 */
export async function* resultEvents(
  prepared: DuckDBPreparedStatement,
  parts: ResultParts,
): AsyncGenerator<ResultEvent> {
  const result = await prepared.stream()
  yield { kind: 'columns', columns: columnsOf(result) }
  const encoders = result.columnTypes().map(cellEncoder)
  let rowCount = 0
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    rowCount += chunk.rowCount
    for (const rows of batches(chunk, encoders, parts.rowCharsMax)) {
      if (parts.demand.skip) break
      yield { kind: 'rows', rows }
    }
  }
  await parts.requireWhole()
  yield { kind: 'done', rowCount, elapsedMs: parts.elapsed() }
}

function columnsOf(result: DuckDBResult): Extract<ResultEvent, { kind: 'columns' }>['columns'] {
  const types = result.columnTypes()
  return result.columnNames().map((name, i) => {
    const type = types[i] as (typeof types)[number]
    const isPlan = result.statementType === StatementType.EXPLAIN && name === 'explain_value'
    return { name, type: String(type), kind: isPlan ? 'plan' : kindOf(type) }
  })
}

type Encoder = ReturnType<typeof cellEncoder>

function* batches(
  chunk: DuckDBDataChunk,
  encoders: readonly Encoder[],
  rowCharsMax = Number.POSITIVE_INFINITY,
): Generator<readonly ResultRow[]> {
  const vectors = encoders.map((_, i) => chunk.getColumnVector(i))
  let rows: Cell[][] = []
  let chars = 0
  for (let index = 0; index < chunk.rowCount; index++) {
    const row: Cell[] = []
    const before = chars
    for (let column = 0; column < encoders.length; column++) {
      const cell = (encoders[column] as Encoder)(vectors[column]?.getItem(index) ?? null)
      row.push(cell)
      chars += cellChars(cell)
      if (chars - before > rowCharsMax) throw tooLong('row', rowCharsMax)
    }
    rows.push(row)
    if (chars < SQL_BATCH_CHARS) continue
    yield rows
    rows = []
    chars = 0
  }
  if (rows.length > 0) yield rows
}

/** Also counts what a cell costs besides its text. */
function cellChars(cell: Cell): number {
  if (cell === null) return 4
  if (cell.length <= SQL_VALUE_CHARS_MAX) return cell.length + 4
  throw tooLong('value', SQL_VALUE_CHARS_MAX)
}

function tooLong(what: 'value' | 'row', charsMax: number): PlatformError {
  const limit = `a ${what} of the result is longer than ${charsMax} characters`
  return new PlatformError('SQL_LIMIT', `${limit}; take a part of it, e.g. left(...)`)
}
