// The state of the flow as a picture: a list of stages with arrows between them, and the tables in numbers below.

import type { FlowState } from '../../api.ts'
import { element } from '../dom.ts'
import { shortTimeText } from '../format/time.ts'
import type { PageContext } from '../page_context.ts'
import { keepEach, setText } from './kept_text.ts'
import { stageCard, updateCard } from './stage_card.ts'
import { stagesOf } from './stages.ts'
import { tableHealth } from './table_health.ts'

/** The panel. It is told of the flow by events, and asks only for the beginning. */
export function flowPanel(context: PageContext): HTMLElement {
  const trouble = element('p', { attributes: { class: 'trouble', role: 'status', hidden: true } })
  const waiting = element('p', { attributes: { class: 'note' } }, 'The state of the flow is being asked for.')
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
  const take = (flow: FlowState) => {
    state = flow
    show()
  }
  context.on('flow', take)
  context.clock.second.watch(show)
  context.connection.watch(show)
  begin(context, { waiting, take: (flow) => state ?? take(flow) })
  return element('div', { attributes: { class: 'flow' } }, trouble, waiting, found)
}

/** Asks once; what the events bring is newer. */
async function begin(
  { ask }: PageContext,
  { waiting, take }: { readonly waiting: HTMLElement; readonly take: (state: FlowState) => void },
): Promise<void> {
  try {
    take(await ask('/api/health'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    waiting.dataset.kind = 'failed'
    waiting.textContent = `The state of the flow could not be had: ${why} It is shown as soon as the server tells it.`
  }
}

function troubleOf({ connection, zone, clock }: PageContext, state: FlowState | undefined): string | null {
  if (state === undefined) return null
  if (connection.get() !== 'lost') return state.trouble
  const since = shortTimeText(state.now, clock.now(), zone.get())
  return `The connection to the server is lost. This is how the flow stood at ${since}.`
}

function showTrouble(line: HTMLElement, text: string | null): void {
  line.hidden = text === null
  setText(line, text ?? '')
}
