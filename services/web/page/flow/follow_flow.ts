// The state of the flow as a panel follows it: told by events, and asked for when none comes, at the beginning or while
// there is no stream of events.

import type { FlowState } from '../../api.ts'
import type { PageContext } from '../page_context.ts'

/** Events come every two seconds; without one for so long the state is asked for, again and again. */
const SILENCE_MS_MAX = 10_000

/** Who follows. */
export interface FlowFollower {
  /** Told each state that is newer than the last. */
  take(state: FlowState): void
  /** Told why there is none yet. */
  fail(why: string): void
}

/** What of the page it takes. */
export type FollowContext = Pick<PageContext, 'ask' | 'clock' | 'on'>

/** Tells the follower of the flow as long as the page is open. */
export function followFlow({ ask, clock, on }: FollowContext, follower: FlowFollower): void {
  let newest = Number.NEGATIVE_INFINITY
  let nextAsk = Number.NEGATIVE_INFINITY
  const take = (state: FlowState) => {
    nextAsk = clock.now() + SILENCE_MS_MAX
    if (state.now < newest) return
    newest = state.now
    follower.take(state)
  }
  on('flow', take)
  clock.second.watch(async () => {
    const now = clock.now()
    // A clock that was set back, by a first word of the server, must not stop the asking.
    if (now < nextAsk && nextAsk <= now + SILENCE_MS_MAX) return
    nextAsk = now + SILENCE_MS_MAX
    try {
      take(await ask('/api/health'))
    } catch (error) {
      if (newest < 0) follower.fail(error instanceof Error ? error.message : String(error))
    }
  })
}
