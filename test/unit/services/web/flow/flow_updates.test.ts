import { expect, test } from 'vitest'
import { virtualClock } from '#runtime/clock'
import type { FlowState } from '#services/web/api'
import { flowRoutes, runFlowUpdates } from '#services/web/flow/flow_updates'
import { FLOW_INTERVAL_MS } from '#services/web/flow/limits'
import { flowState } from '#support/web/flow_states'

test('the state is made while somebody looks, and shown to all at once', async () => {
  const clock = virtualClock(0)
  const end = new AbortController()
  const shown: FlowState[] = []
  let made = 0
  const flow = { state: async () => flowState(++made) }
  const viewers = { isWatched: false, showFlow: (state: FlowState) => void shown.push(state) }
  const running = runFlowUpdates({ flow, viewers, clock, signal: end.signal })
  await clock.advance(10 * FLOW_INTERVAL_MS)
  expect(made).toBe(0)
  viewers.isWatched = true
  await clock.advance(3 * FLOW_INTERVAL_MS)
  expect(shown.map(({ now }) => now)).toEqual([1, 2, 3])
  end.abort()
  await running
})

test('whoever asks is told, and no copy is kept on the way', async () => {
  const route = flowRoutes({ state: async () => flowState(7) })['/api/health']?.get
  const response = await route?.(new Request('http://localhost/api/health'))
  expect(await response?.json()).toMatchObject({ now: 7, freshness: 'fresh' })
  expect(response?.headers.get('cache-control')).toBe('no-store')
})
