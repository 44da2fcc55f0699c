// The field that the symbols are filtered by.

import { element } from '../dom.ts'

/** `/` goes to it from anywhere, Escape clears it; Enter and the arrow down call `enter`, which goes into the table. */
export function filterField(enter: () => void): HTMLInputElement {
  const field = element('input', {
    attributes: {
      type: 'search',
      class: 'field symbol-filter',
      placeholder: 'Filter  /',
      'aria-label': 'Filter the symbols',
      'aria-keyshortcuts': '/',
      autocomplete: 'off',
      spellcheck: 'false',
      maxlength: 64,
    },
  })
  field.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault()
      enter()
    }
    if (event.key === 'Escape' && field.value !== '') {
      field.value = ''
      field.dispatchEvent(new Event('input'))
    }
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    if (field.checkVisibility()) {
      event.preventDefault()
      field.focus()
      field.select()
    }
  })
  return field
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
