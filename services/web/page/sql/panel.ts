// The SQL box: an editor, what can be put into it, and the result. Statements run in the server's sandbox, which only
// reads, within its limits on memory and time.

import type { SqlAnswer } from '../../api.ts'
import { element } from '../dom.ts'
import { countText } from '../format/number.ts'
import { messageOf, type PageContext } from '../page_context.ts'
import type { FileFormat } from './ask_sql.ts'
import { type Editor, sqlEditor } from './editor.ts'
import { resultTable } from './result_table.ts'
import { type RunState, SqlRuns } from './run.ts'
import { sqlShelf } from './shelf.ts'
import { Statements } from './statements.ts'

/** The panel. */
export function sqlPanel(context: PageContext): HTMLElement {
  const statements = new Statements(sessionStorage)
  const output = sqlOutput()
  const runs = new SqlRuns((state) => output.show(state))
  const editor: Editor = sqlEditor(() => use((sql) => runs.run(sql)))
  const shelf = sqlShelf(editor, statements)
  function use(work: (sql: string) => Promise<void>): void {
    const sql = editor.sql.trim()
    if (sql === '') {
      output.show({ kind: 'failed', message: 'There is no statement to run. Write one, or choose an example.' })
      return
    }
    statements.add(sql)
    shelf.showStatements()
    work(sql)
  }
  output.cancel.addEventListener('click', () => runs.cancel())
  askForTables(context, shelf)
  const bar = sqlBar(output, {
    run: () => use((sql) => runs.run(sql)),
    download: (format) => use((sql) => runs.download(sql, format)),
  })
  const main = element('div', { attributes: { class: 'sql-main' } }, editor.root, bar, output.root)
  return element('div', { attributes: { class: 'sql' } }, main, shelf.root)
}

/** The line between editor and result. */
function sqlBar(
  { cancel, status }: ReturnType<typeof sqlOutput>,
  { run, download }: { readonly run: () => void; readonly download: (format: FileFormat) => void },
): HTMLElement {
  const keys = element(
    'span',
    { attributes: { class: 'unseen', id: 'editor-keys' } },
    'Control and Enter run the statement. Tab indents; Escape and then Tab leaves the editor.',
  )
  return element(
    'div',
    { attributes: { class: 'sql-bar' } },
    button('Run', { main: true, title: 'Ctrl+Enter', use: run }),
    cancel,
    button('CSV', { title: 'Download all rows as CSV', use: () => download('csv') }),
    button('Parquet', { title: 'Download all rows as a Parquet file', use: () => download('parquet') }),
    status,
    keys,
  )
}

/** Asked for when the panel is first looked at, and not at all where there is no SQL. */
function askForTables({ ask, tab, connection }: PageContext, shelf: ReturnType<typeof sqlShelf>): void {
  let isAsked = false
  const askOnce = async () => {
    if (tab.get() !== 'sql' || isAsked) return
    isAsked = true
    try {
      shelf.fill(await ask('/api/tables'))
    } catch (error) {
      isAsked = false
      shelf.fail(`The tables could not be loaded. ${messageOf(error)}`)
    }
  }
  tab.watch(askOnce)
  // What failed with the connection is asked for when that is back.
  connection.watch(askOnce)
}

function button(
  text: string,
  { use, title, main = false }: { readonly use: () => void; readonly title?: string; readonly main?: boolean },
): HTMLButtonElement {
  const attributes = { type: 'button', class: 'button', title: title ?? null, 'data-kind': main ? 'main' : null }
  return element('button', { attributes, on: { click: use } }, text)
}

/** Where the result stands, the line that says how it went, and the button that ends a query. */
function sqlOutput() {
  const hint = 'Write one statement, or choose a table or an example. The result stands here.'
  const root = element(
    'div',
    { attributes: { class: 'sql-output' } },
    element('p', { attributes: { class: 'note' } }, hint),
  )
  const status = element('output', { attributes: { class: 'sql-status' } })
  const cancel = element('button', { attributes: { type: 'button', class: 'button', hidden: true } }, 'Cancel')
  const show = (state: RunState) => {
    cancel.hidden = state.kind !== 'running'
    status.textContent = statusText(state)
    root.toggleAttribute('data-waiting', state.kind === 'running')
    if (state.kind === 'done') root.replaceChildren(resultOf(state.answer))
    if (state.kind === 'failed') root.replaceChildren(failure(state.message))
  }
  return { root, status, cancel, show }
}

function resultOf(answer: SqlAnswer): HTMLElement {
  if (answer.rows.length > 0) return resultTable(answer)
  return element('p', { attributes: { class: 'note' } }, 'The query found no rows.')
}

function failure(message: string): HTMLElement {
  return element('pre', { attributes: { class: 'sql-failure', role: 'alert' } }, message)
}

function statusText(state: RunState): string {
  if (state.kind === 'running') return state.what
  if (state.kind === 'cancelled') return 'Cancelled.'
  if (state.kind === 'saved') return `Saved as ${state.name}.`
  if (state.kind !== 'done') return ''
  const { rows, more, durationMs } = state.answer
  const count = rows.length === 1 ? '1 row' : `${countText(rows.length)} rows`
  const duration = durationMs < 1000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1000).toFixed(1)} s`
  return more ? `The first ${count}, in ${duration}. There are more: a download has all.` : `${count} in ${duration}.`
}
