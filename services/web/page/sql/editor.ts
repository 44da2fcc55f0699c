// The statement's editor. Ctrl+Enter runs it. Tab indents; Escape and then Tab leaves the editor, as without a mouse
// one must be able to.

import { element } from '../dom.ts'

/** An editor. */
export interface Editor {
  readonly root: HTMLTextAreaElement
  get sql(): string
  /** Puts a statement in the place of what is there; undoing brings that back. */
  replace(sql: string): void
  /** Puts text where the caret is. */
  insert(text: string): void
}

/** Makes the editor; `run` is called on Ctrl+Enter or Cmd+Enter. */
export function sqlEditor(run: () => void): Editor {
  const root = element('textarea', {
    attributes: {
      class: 'editor',
      rows: 4,
      spellcheck: 'false',
      autocapitalize: 'off',
      autocomplete: 'off',
      'aria-label': 'SQL statement',
      'aria-describedby': 'editor-keys',
      placeholder: 'SELECT * FROM latest_quotes    -- Ctrl+Enter runs it',
    },
  })
  let tabLeaves = false
  root.addEventListener('blur', () => {
    tabLeaves = false
  })
  root.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      run()
    } else if (event.key === 'Escape') tabLeaves = true
    else if (event.key === 'Tab' && !event.shiftKey && !tabLeaves) {
      event.preventDefault()
      type(root, '  ')
    }
  })
  return {
    root,
    get sql() {
      return root.value
    },
    replace(sql) {
      root.focus()
      root.select()
      type(root, sql)
      root.setSelectionRange(0, 0)
      root.scrollTop = 0
    },
    insert(text) {
      root.focus()
      type(root, text)
    },
  }
}

/** As if it were typed, so that it can be undone. */
function type(area: HTMLTextAreaElement, text: string): void {
  // The one way into a browser's own undo; where it is gone the text comes all the same.
  if (document.execCommand?.('insertText', false, text)) return
  area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end')
}
