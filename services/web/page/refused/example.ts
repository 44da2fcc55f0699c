// The example of a late quote or dead letter as a list of facts; values of a topic stay text.

import { element } from '../dom.ts'
import { keepEach, setText } from '../flow/kept_text.ts'
import type { ExampleFact } from './groups.ts'

/** An empty list of facts. */
export function exampleFacts(): HTMLDListElement {
  return element('dl', { attributes: { class: 'example' } })
}

/** Brings the facts up to date. */
export function updateExample(list: Element, facts: readonly ExampleFact[]): void {
  keepEach(list, facts, { make: exampleRow, update: updateRow })
}

function exampleRow(): HTMLDivElement {
  return element('div', {}, element('dt'), element('dd'))
}

function updateRow(row: HTMLDivElement, { name, value, isRaw = false }: ExampleFact): void {
  const [term, told] = row.children
  if (term === undefined || told === undefined) return
  setText(term, name)
  setText(told, value)
  told.classList.toggle('raw', isRaw)
}
