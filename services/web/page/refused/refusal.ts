// One group of refused records, such as all dead letters of a reason: how many, what it means, an example, and what
// helps. It can be folded away, and stays as the viewer left it.

import { element } from '../dom.ts'
import { setText } from '../flow/kept_text.ts'
import { countText } from '../format/number.ts'
import { exampleFacts, updateExample } from './example.ts'
import type { RefusalFacts } from './groups.ts'

/** A group on the page. */
export interface Refusal {
  readonly root: HTMLElement
  update(facts: RefusalFacts): void
}

/** An unfolded group without facts. */
export function refusal(): Refusal {
  const name = element('span', { attributes: { class: 'refusal-name' } })
  const count = element('span', { attributes: { class: 'chip', 'data-tone': 'waiting' } })
  const meaning = element('span', { attributes: { class: 'refusal-meaning' } })
  const example = exampleFacts()
  const help = element('p', { attributes: { class: 'refusal-help' } })
  const command = element('code')
  const redrive = element(
    'p',
    { attributes: { class: 'refusal-help' } },
    'Once that is done, publish them again: ',
    command,
  )
  const title = element('summary', {}, name, count, meaning)
  const newest = element('h4', { attributes: { class: 'refusal-newest' } }, 'The newest one')
  const root = element(
    'details',
    { attributes: { class: 'refusal', open: true } },
    title,
    help,
    redrive,
    newest,
    example,
  )
  return {
    root,
    update(facts) {
      setText(name, facts.name)
      setText(count, countText(facts.count))
      setText(meaning, facts.meaning)
      setText(help, facts.help)
      setText(command, facts.command ?? '')
      redrive.hidden = facts.command === null
      newest.hidden = facts.example.length === 0
      updateExample(example, facts.example)
    },
  }
}
