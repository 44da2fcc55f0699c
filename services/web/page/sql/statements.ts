// The statements that were run in this tab, the newest first: kept by the tab alone, and gone with it.

const KEY = 'tickerlake.statements'
const STATEMENTS_MAX = 50
const STATEMENT_CHARS_MAX = 10_000

/** Where they are kept: sessionStorage. */
export type StatementStore = Pick<Storage, 'getItem' | 'setItem'>

/** The statements, the newest first. */
export class Statements {
  readonly #store: StatementStore
  #list: readonly string[]

  constructor(store: StatementStore) {
    this.#store = store
    this.#list = readList(store)
  }

  get list(): readonly string[] {
    return this.#list
  }

  /** Puts a statement first. One that was there already moves. A very long one is not kept. */
  add(sql: string): void {
    if (sql.length > STATEMENT_CHARS_MAX) return
    this.#list = [sql, ...this.#list.filter((each) => each !== sql)].slice(0, STATEMENTS_MAX)
    try {
      this.#store.setItem(KEY, JSON.stringify(this.#list))
    } catch {
      // A full or forbidden store: they last as long as the page.
    }
  }
}

function readList(store: StatementStore): readonly string[] {
  try {
    const list: unknown = JSON.parse(store.getItem(KEY) ?? '[]')
    return Array.isArray(list) ? list.filter((each) => typeof each === 'string').slice(0, STATEMENTS_MAX) : []
  } catch {
    return []
  }
}
