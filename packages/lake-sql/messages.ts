// What the caller and the child say to each other over the IPC channel. One request, one answer, so that a slow reader
// of the result holds the query back; nothing in here is a credential.

import type { SqlLimits } from '#lake-sql/limits'
import type { LocalTable, TableShape } from '#lake-sql/local_table'
import type { Scans } from '#lake-sql/pruning/condition'
import type { ResultEvent } from '#lake-sql/result'
import type { ViewDefinition } from '#lake-sql/view'
import type { ErrorCode } from '#runtime/errors'

/** What the child is told when it starts, as JSON, so that it can open DuckDB before it is asked for anything. */
export interface ChildPlace {
  readonly limits: SqlLimits
  /** The query's folder; temporary files go there too. */
  readonly tempFolder: string
  /** Where compiled code is taken from; undefined: nowhere. */
  readonly compileCache?: string
}

/** Asks which tables the statements read. Comes first. */
export interface InspectRequest {
  readonly kind: 'inspect'
  readonly statements: readonly string[]
  readonly views: readonly ViewDefinition[]
  /** The names that are tables. */
  readonly tables: readonly string[]
  /** A file in the query's folder that the one statement's result is written to, as Parquet; no rows are sent then. */
  readonly parquetFile?: string
}

/** Asks which rows of the tables the statements can use, now that it is known what these look like. */
export interface PlanRequest {
  readonly kind: 'plan'
  /** Those that the statements read. */
  readonly tables: readonly TableShape[]
}

/** Hands over the tables; the child makes the views, locks itself down, and is ready. */
export interface TablesRequest {
  readonly kind: 'tables'
  readonly tables: readonly LocalTable[]
}

/** Asks for the next event of the result; `skip` counts the statement's remaining rows instead of sending them. */
export interface NextRequest {
  readonly kind: 'next'
  readonly skip: boolean
}

export type ChildRequest = InspectRequest | PlanRequest | TablesRequest | NextRequest

/** What the statements need. */
export interface Needs {
  /** The tables that they read, through views too. */
  readonly tables: readonly string[]
  /** The views that they read, through views too. */
  readonly views: readonly string[]
  /** True when they look at the list of tables itself, so that all must be there by name and type. */
  readonly catalog: boolean
}

export type ChildAnswer =
  | { readonly kind: 'needs'; readonly needs: Needs }
  | { readonly kind: 'scans'; readonly scans: Scans }
  | { readonly kind: 'ready' }
  | { readonly kind: 'event'; readonly event: ResultEvent }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }
