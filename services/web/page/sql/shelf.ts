// What can be put into the editor at a click: tables and views, examples, and the statements of this tab.

import type { TablesAnswer } from '../../api.ts'
import { element } from '../dom.ts'
import type { Editor } from './editor.ts'
import type { Statements } from './statements.ts'

/** The shelf beside the editor. */
export interface Shelf {
  readonly root: HTMLElement
  /** Shows what the server has. */
  fill(answer: Pick<TablesAnswer, 'relations' | 'examples'>): void
  /** Says why there is nothing to show. */
  fail(why: string): void
  /** Shows the statements as they are now. */
  showStatements(): void
}

/** An empty shelf for an editor. */
export function sqlShelf(editor: Editor, statements: Statements): Shelf {
  const relations = section('Tables and views', true)
  const examples = section('Examples', false)
  const earlier = section('This tab', false)
  const showStatements = () => {
    const items = statements.list.map((sql) =>
      shelfButton({ text: firstLine(sql), title: sql, use: () => editor.replace(sql) }),
    )
    earlier.list.replaceChildren(...items)
    earlier.root.hidden = items.length === 0
  }
  relations.list.append(element('li', { attributes: { class: 'shelf-note' } }, 'Loading the tables…'))
  showStatements()
  return {
    root: element(
      'nav',
      { attributes: { class: 'shelf', 'aria-label': 'Put into the editor' } },
      relations.root,
      examples.root,
      earlier.root,
    ),
    showStatements,
    fill(answer) {
      relations.list.replaceChildren(
        ...answer.relations.map(({ name, description }) =>
          shelfButton({ text: name, title: description, use: () => useRelation(editor, name) }),
        ),
      )
      examples.list.replaceChildren(
        ...answer.examples.map(({ title, sql }) =>
          shelfButton({ text: title, title: sql, use: () => editor.replace(sql) }),
        ),
      )
    },
    fail(why) {
      relations.list.replaceChildren(element('li', { attributes: { class: 'shelf-note' } }, why))
    },
  }
}

/** Into an empty editor a whole statement, else the name alone. */
function useRelation(editor: Editor, name: string): void {
  const word = /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
  if (editor.sql.trim() === '') editor.replace(`SELECT * FROM ${word} LIMIT 100`)
  else editor.insert(word)
}

function section(
  name: string,
  isOpen: boolean,
): { readonly root: HTMLDetailsElement; readonly list: HTMLUListElement } {
  const list = element('ul')
  const root = element('details', { attributes: { open: isOpen } }, element('summary', {}, name), list)
  return { root, list }
}

interface ShelfItem {
  readonly text: string
  readonly title: string
  readonly use: () => void
}

function shelfButton({ text, title, use }: ShelfItem): HTMLLIElement {
  const attributes = { type: 'button', class: 'shelf-item', title }
  return element('li', {}, element('button', { attributes, on: { click: use } }, text))
}

function firstLine(sql: string): string {
  return sql
    .trim()
    .split(/\s*\n\s*/)
    .join(' ')
    .slice(0, 80)
}
