// The state of the flow as a picture: a list of stages with arrows between them, and the tables in numbers below.

import type { FlowState } from '../../api.ts'
import { element } from '../dom.ts'
import { plainlyText } from '../format/foreign.ts'
import { shortTimeText } from '../format/time.ts'
import type { PageContext } from '../page_context.ts'
import { followFlow } from './follow_flow.ts'
import { keepEach, setText } from './kept_text.ts'
import { stageCard, updateCard } from './stage_card.ts'
import { stagesOf } from './stages.ts'
import { tableHealth } from './table_health.ts'

/** An older state is told as what it is: how things stood. */
const STATE_AGE_MS_MAX = 15_000

/** The panel. */
export function flowPanel(context: PageContext): HTMLElement {
  const trouble = element('p', { attributes: { class: 'trouble', role: 'status', hidden: true } })
  const waiting = element('p', { attributes: { class: 'note' } }, 'Loading the state of the flow…')
  const stages = element('ol', { attributes: { class: 'stages', 'aria-label': 'From the source to the tables' } })
  const health = tableHealth()
  const found = element('div', { attributes: { class: 'flow-found', hidden: true } }, stages, health.root)
  let state: FlowState | undefined
  const show = () => {
    showTrouble(trouble, troubleOf(context, state))
    if (state === undefined) return
    waiting.hidden = true
    found.hidden = false
    const now = context.clock.now()
    keepEach(stages, stagesOf(state, now), { make: stageCard, update: updateCard })
    health.update(state.tables, now)
  }
  followFlow(context, {
    take(flow) {
      state = flow
      show()
    },
    fail(why) {
      waiting.dataset.kind = 'failed'
      setText(waiting, `The state of the flow could not be loaded. ${why} Trying again…`)
    },
  })
  context.clock.second.watch(show)
  context.connection.watch(show)
  return element('div', { attributes: { class: 'flow' } }, trouble, waiting, found)
}

function troubleOf({ connection, zone, clock }: PageContext, state: FlowState | undefined): string | null {
  if (state === undefined) return null
  const isOld = clock.now() - state.now > STATE_AGE_MS_MAX
  if (connection.get() !== 'lost' || !isOld) return state.trouble
  const since = shortTimeText(state.now, clock.now(), zone.get())
  return `The connection to the server is lost. This is how the flow stood at ${since}.`
}

function showTrouble(line: HTMLElement, text: string | null): void {
  line.hidden = text === null
  setText(line, plainlyText(text ?? ''))
}
