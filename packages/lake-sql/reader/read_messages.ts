// What a reader and its child say to each other over the IPC channel: one read at a time.

import type { LocalTable } from '#lake-sql/local_table'
import type { ErrorCode } from '#runtime/errors'

/** What the child is told when it starts, as JSON. */
export interface ReaderPlace {
  readonly memoryBytes: number
  /** Its own folder. Temporary files go there too. */
  readonly tempFolder: string
  /** The folders that hold the tables' files. */
  readonly folders: readonly string[]
  /** Where compiled code is taken from; undefined: nowhere. */
  readonly compileCache?: string
}

/** A statement of ours. */
export interface ReadStatement {
  /** What it reads, by name, each with the files that it may need. */
  readonly tables: readonly LocalTable[]
  /** One SELECT. Its columns are DOUBLE, VARCHAR, BOOLEAN, or lists of them; values in it are quoted. */
  readonly sql: string
}

/** A value of a row. */
export type ReadValue = string | number | boolean | null | readonly ReadValue[]

/** A row, a value a column. */
export type ReadRow = readonly ReadValue[]

export type ReaderRequest =
  | { readonly kind: 'read'; readonly id: number; readonly statement: ReadStatement }
  /** Nobody waits for that answer any more. */
  | { readonly kind: 'cancel'; readonly id: number }

export type ReaderAnswer =
  /** It is open. Comes first, and by itself. */
  | { readonly kind: 'open' }
  | { readonly kind: 'rows'; readonly id: number; readonly rows: readonly ReadRow[] }
  | { readonly kind: 'failed'; readonly id: number; readonly code: ErrorCode; readonly message: string }
