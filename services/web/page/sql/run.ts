// A statement under way: one at a time. Whoever runs another ends the first.

import type { SqlAnswer } from '../../api.ts'
import { askSql, askSqlFile, type FileFormat } from './ask_sql.ts'

/** How a statement stands. */
export type RunState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly what: string }
  | { readonly kind: 'done'; readonly answer: SqlAnswer }
  | { readonly kind: 'saved'; readonly name: string }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly message: string }

/** Runs statements and tells how they stand. */
export class SqlRuns {
  readonly #onState: (state: RunState) => void
  #current: AbortController | null = null

  constructor(onState: (state: RunState) => void) {
    this.#onState = onState
  }

  /** Asks for the rows. */
  run(sql: string): Promise<void> {
    return this.#begin('The query is running.', async (signal) => ({ kind: 'done', answer: await askSql(sql, signal) }))
  }

  /** Asks for a file, and hands it to the browser. */
  download(sql: string, format: FileFormat): Promise<void> {
    return this.#begin('The file is being made.', async (signal) => {
      const name = `result.${format}`
      save(await askSqlFile(sql, format, signal), name)
      return { kind: 'saved', name }
    })
  }

  /** Ends what is under way. */
  cancel(): void {
    this.#current?.abort()
  }

  async #begin(what: string, work: (signal: AbortSignal) => Promise<RunState>): Promise<void> {
    this.cancel()
    const current = new AbortController()
    this.#current = current
    this.#onState({ kind: 'running', what })
    const state = await work(current.signal).catch((error: unknown): RunState => {
      if (current.signal.aborted) return { kind: 'cancelled' }
      return { kind: 'failed', message: error instanceof Error ? error.message : String(error) }
    })
    if (this.#current !== current) return
    this.#current = null
    this.#onState(state)
  }
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  // Browsers have taken it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
