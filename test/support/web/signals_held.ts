// What is left of signals: a service makes some for each question that it asks, and none of them may stay.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { queryObjects } from 'node:v8'

/** How many signals something in this process holds on to, garbage left out. */
export async function signalsHeld(): Promise<number> {
  await nextTurn()
  return queryObjects(AbortSignal, { format: 'count' })
}
