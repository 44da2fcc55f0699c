// The state of the flow for those that look: made as long as there is one, and for whoever asks.

import type { Clock } from '#runtime/clock'
import type { FlowState } from '#services/web/api'
import { FLOW_INTERVAL_MS } from '#services/web/flow/limits'
import { jsonRoute, type Routes } from '#services/web/http/route'

/** Whoever tells the viewers. */
export interface FlowViewers {
  /** Whether there are any. */
  readonly isWatched: boolean
  showFlow(state: FlowState): void
}

/** What the updates need. */
export interface FlowUpdates {
  readonly flow: { state(): Promise<FlowState> }
  readonly viewers: FlowViewers
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Shows viewers the state until the signal aborts. */
export async function runFlowUpdates({ flow, viewers, clock, signal }: FlowUpdates): Promise<void> {
  while (!signal.aborted) {
    if (viewers.isWatched) viewers.showFlow(await flow.state())
    await clock.sleep(FLOW_INTERVAL_MS, signal)
  }
}

/** GET /api/health. */
export function flowRoutes(flow: FlowUpdates['flow']): Routes {
  return { '/api/health': { get: jsonRoute(() => flow.state()) } }
}
