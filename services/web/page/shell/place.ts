// A place that a panel is put into.

import { element } from '../dom.ts'

/** An empty place with a name for screen readers. */
export function place(name: string, label: string): HTMLElement {
  return element('section', { attributes: { class: 'place', 'data-place': name, 'aria-label': label } })
}
