// Late quotes and dead letters of today, by reason, with the newest one of each. Nothing of them is lost; the panel
// says why they were kept apart, and what to do.

import type { FlowState } from '../../api.ts'
import { element } from '../dom.ts'
import { followFlow } from '../flow/follow_flow.ts'
import { setText } from '../flow/kept_text.ts'
import { countText } from '../format/number.ts'
import { shortTimeText, zoneText } from '../format/time.ts'
import type { PageContext } from '../page_context.ts'
import { refusedGroups } from './groups.ts'
import { type Refusal, refusal } from './refusal.ts'

/** The panel. */
export function refusedPanel(context: PageContext): HTMLElement {
  const summary = element('p', { attributes: { class: 'refused-summary' } })
  const list = element('div', { attributes: { class: 'refusals' } })
  const note = element('p', { attributes: { class: 'note' } }, 'Loading late quotes and dead letters…')
  const groups = new Map<string, Refusal>()
  let state: FlowState | undefined
  const show = () => {
    if (state === undefined) return
    showGroups(list, groups, state, context)
    setText(summary, summaryText(state))
    delete note.dataset.kind
    summary.hidden = groups.size === 0
    note.hidden = groups.size > 0
    setText(note, 'No late quotes and no dead letters today. What is refused would be listed here, with the reason.')
  }
  context.zone.watch(show)
  followFlow(context, {
    take(flow) {
      state = flow
      show()
    },
    fail(why) {
      note.dataset.kind = 'failed'
      setText(note, `Late quotes and dead letters could not be loaded. ${why} Trying again…`)
    },
  })
  return element('div', { attributes: { class: 'refused' } }, summary, note, list)
}

function summaryText({ lateQuotes, deadLetters }: FlowState): string {
  const late = lateQuotes.count === 1 ? '1 late quote' : `${countText(lateQuotes.count)} late quotes`
  const dead = deadLetters.count === 1 ? '1 dead letter' : `${countText(deadLetters.count)} dead letters`
  return `Today (UTC): ${late} and ${dead}. All are kept, in late_quotes and dead_letters.`
}

/** Groups are told apart by name, so that one that grows beyond another is moved and not rewritten. */
function showGroups(list: HTMLElement, groups: Map<string, Refusal>, state: FlowState, context: PageContext): void {
  const { zone, clock } = context
  const time = (at: number) => `${shortTimeText(at, clock.now(), zone.get())} ${zoneText(at, zone.get())}`
  const facts = refusedGroups(state, time)
  const names = new Set(facts.map(({ name }) => name))
  for (const [name, { root }] of groups) {
    if (names.has(name)) continue
    root.remove()
    groups.delete(name)
  }
  for (const [index, each] of facts.entries()) {
    const group = groups.get(each.name) ?? refusal()
    groups.set(each.name, group)
    group.update(each)
    if (list.children[index] !== group.root) list.insertBefore(group.root, list.children[index] ?? null)
  }
}
