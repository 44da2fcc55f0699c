// What the chart says in sentences: in place of the bars when there are none, and over them what one should know.
// Pure.

import type { Connection } from '../page_context.ts'
import type { AlertsKnown } from './feed/alert_feed.ts'
import type { FeedState, Stretch } from './feed/bar_feed.ts'

/** What the notes are made from. */
export interface Situation {
  readonly symbol: string | null
  readonly state: FeedState
  readonly connection: Connection
  readonly stretches: { readonly older: Stretch; readonly newer: Stretch }
  readonly hasBars: boolean
  /** When the symbol's first bar is in view, its time in words. */
  readonly beginning: string | null
  /** When clocks go back in view, the zone's two names for that hour. */
  readonly repeatedHour: string | null
  readonly alertsKnown: AlertsKnown
}

/** The sentence in place of the bars; null when there are bars. */
export function sentenceOf({ symbol, state, hasBars, stretches }: Situation): string | null {
  if (state.kind === 'waiting') return 'The bars of the chosen symbol appear here.'
  if (state.kind === 'loading') return `Loading the bars of ${symbol}.`
  if (state.kind === 'empty') return `There are no bars of ${symbol} yet. The first one comes with its first quote.`
  if (state.kind === 'failed') return `The bars of ${symbol} could not be loaded. ${state.message}`
  if (hasBars) return null
  const isLoading = stretches.older === 'loading' || stretches.newer === 'loading'
  return isLoading ? `Looking for bars of ${symbol}.` : `There are no bars of ${symbol} around this time.`
}

/** What to know of the bars that are drawn. */
export function remarksOf(situation: Situation): readonly string[] {
  const { connection, stretches, hasBars, beginning, repeatedHour, alertsKnown } = situation
  if (!hasBars) return []
  const remarks = [
    connection === 'lost' ? 'Not live: the connection is lost. It comes back by itself.' : null,
    stretches.older === 'loading' ? 'Loading older bars.' : null,
    stretches.newer === 'loading' ? 'Loading newer bars.' : null,
    stretches.older === 'failed' || stretches.newer === 'failed' ? 'More bars could not be loaded.' : null,
    beginning === null ? null : `The first bar: ${beginning}.`,
    repeatedHour === null ? null : `The clocks go back here: one hour is there twice, as ${repeatedHour}.`,
    alertsKnown === 'cut' ? 'There are more alerts here than are marked.' : null,
    alertsKnown === 'failed' ? 'Some alerts could not be loaded, so marks may be missing.' : null,
  ]
  return remarks.filter((remark) => remark !== null)
}
