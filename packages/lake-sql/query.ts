// A query from text to result: start the child, let it say which tables it needs, hand them over, read the events.
// The result is pulled: nothing runs ahead of its reader but what DuckDB buffers.

import { join } from 'node:path'
import { SQL_STATEMENTS_MAX, SQL_TEXT_CHARS_MAX, type SqlLimits } from '#lake-sql/limits'
import type { LocalTable, TableShape } from '#lake-sql/local_table'
import type { Needs } from '#lake-sql/messages'
import type { Scans } from '#lake-sql/pruning/condition'
import { openQueryRoom, type QueryProcess, type QueryRoom } from '#lake-sql/query_process'
import type { ResultEvent } from '#lake-sql/result'
import { allStatements } from '#lake-sql/statement'
import type { ViewDefinition } from '#lake-sql/view'
import { PlatformError } from '#runtime/errors'

/** Where tables come from: their names at once, their files when a query needs them. */
export interface TableSource {
  /** The names that queries may use. */
  readonly names: readonly string[]
  /**
   * Gives the needed tables with the files that their scans may need, and all others as `listed` when the catalog is
   * asked for.
   */
  load(needs: Needs, plan: PlanQuery): Promise<readonly LocalTable[]>
}

/** Tells which rows a query can use, of tables that look like this. */
export type PlanQuery = (tables: readonly TableShape[]) => Promise<Scans>

/** A query and what it runs on. */
export interface QueryRequest {
  /** One statement or more, separated by `;`. */
  readonly sql: string
  readonly source: TableSource
  readonly views: readonly ViewDefinition[]
  readonly limits: SqlLimits
  /** Stops the query; it ends with STOPPED then. */
  readonly signal?: AbortSignal
  /** Where the query's own folder is made: where temporary files are, unless its result is to be moved from it. */
  readonly folderIn?: string
  /** One that was opened earlier, with the same limits and signal. It goes with the query; who opened it closes it. */
  readonly room?: Promise<QueryRoom>
  /**
   * Writes the result of the one statement as `RESULT_FILE` of the query's folder, as Parquet; no rows are sent then.
   */
  readonly toParquet?: boolean
}

/** The name of a Parquet result in the query's folder. */
export const RESULT_FILE = 'result.parquet'

/** A query at work. It must be closed. */
export interface RunningQuery {
  /** The query's own folder. It goes with the query, even when this process is killed. */
  readonly folder: string
  /** The next event. Throws SQL_FAILED, SQL_LIMIT or STOPPED. */
  next(): Promise<ResultEvent>
  /** Counts the statement's remaining rows without sending them; gives its `done`. */
  skip(): Promise<ResultEvent>
  /** Ends the child and removes its temporary files. */
  close(): Promise<void>
}

/** Starts a query. Throws SQL_FAILED when a statement is wrong or may not run, and what the source throws. */
export async function startQuery(request: QueryRequest): Promise<RunningQuery> {
  const statements = statementsOf(request.sql)
  if (request.toParquet === true && statements.length !== 1) throw new Error('one statement makes one Parquet file')
  const { child, folder, close } = await (request.room ?? openQueryRoom(request))
  try {
    await handOver(child, { request, statements, folder })
  } catch (error) {
    await close()
    throw error
  }
  const ask = async (skip: boolean) => {
    const answer = await child.ask({ kind: 'next', skip })
    if (answer.kind !== 'event') throw new Error(`the child answered ${answer.kind} to next`)
    return answer.event
  }
  return { folder, next: () => ask(false), skip: () => ask(true), close }
}

async function handOver(
  child: QueryProcess,
  parts: { request: QueryRequest; statements: readonly string[]; folder: string },
): Promise<void> {
  const { source, views } = parts.request
  const output = parts.request.toParquet === true ? { parquetFile: join(parts.folder, RESULT_FILE) } : {}
  const question = { statements: parts.statements, views, tables: source.names, ...output }
  const answer = await child.ask({ kind: 'inspect', ...question })
  if (answer.kind !== 'needs') throw new Error(`the child answered ${answer.kind} to inspect`)
  const tables = await source.load(answer.needs, (shapes) => planned(child, shapes))
  await child.ask({ kind: 'tables', tables })
}

async function planned(child: QueryProcess, tables: readonly TableShape[]): Promise<Scans> {
  const answer = await child.ask({ kind: 'plan', tables })
  if (answer.kind !== 'scans') throw new Error(`the child answered ${answer.kind} to plan`)
  return answer.scans
}

function statementsOf(sql: string): readonly string[] {
  if (sql.length > SQL_TEXT_CHARS_MAX) throw tooMuch(`${SQL_TEXT_CHARS_MAX} characters`)
  const statements = allStatements(sql)
  if (statements.length > SQL_STATEMENTS_MAX) throw tooMuch(`${SQL_STATEMENTS_MAX} statements`)
  return statements
}

function tooMuch(limit: string): PlatformError {
  return new PlatformError('SQL_LIMIT', `the query text has more than ${limit}; split it`)
}
