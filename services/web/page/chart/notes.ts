// The chart's sentences on the page, with what can be done about a failure.

import { element } from '../dom.ts'
import { remarksOf, type Situation, sentenceOf } from './sentences.ts'

export class Notes {
  readonly sentence = element('div', { attributes: { class: 'chart-sentence' } })
  readonly remarks = element('ul', { attributes: { class: 'chart-remarks', role: 'status' } })
  readonly #text = element('p', { attributes: { class: 'note' } })
  readonly #again: HTMLElement
  readonly #more: HTMLElement
  #said = ''

  /** Calls `again` when a failed view is to be asked for anew, and `more` for a failed stretch. */
  constructor({ again, more }: { readonly again: () => void; readonly more: () => void }) {
    const attributes = { class: 'button', type: 'button' }
    this.#again = element('button', { attributes, on: { click: again } }, 'Try again')
    this.#more = element('button', { attributes, on: { click: more } }, 'Try again')
    this.sentence.append(this.#text, this.#again)
  }

  show(situation: Situation): void {
    const sentence = sentenceOf(situation)
    const { state, stretches } = situation
    this.sentence.hidden = sentence === null
    this.#again.hidden = state.kind !== 'failed'
    this.#text.dataset.kind = state.kind
    if (this.#text.textContent !== sentence) this.#text.textContent = sentence
    const remarks = remarksOf(situation)
    const said = remarks.join('\n')
    if (said === this.#said) return
    this.#said = said
    const hasFailed = stretches.older === 'failed' || stretches.newer === 'failed'
    const items = remarks.map((remark) => element('li', { attributes: { class: 'chip' } }, remark))
    this.remarks.replaceChildren(...items, ...(hasFailed ? [element('li', {}, this.#more)] : []))
  }
}
