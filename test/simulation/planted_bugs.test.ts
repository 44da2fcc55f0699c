// The simulation must be able to find what it looks for: each planted mistake is caught by seeds that the unchanged
// code passes, and what it prints of them is enough to look into one.

import { expect, test } from 'vitest'
import type { Mutation } from '#support/simulation/run/instance'
import {
  ABORT_WITHOUT_SEEK,
  FETCHED_FOR_OTHER_POSITIONS,
  OFFSET_NOT_PLUS_ONE,
  OPEN_TOTALS_FORGOTTEN,
  PRODUCER_REUSED,
  SNAPSHOT_NEWER_THAN_COMMIT,
  STATE_NOT_RESET,
  TOTALS_FORGOTTEN,
} from '#support/simulation/run/planted_bugs'
import { describeFailure, type Outcome, simulate } from '#support/simulation/run/simulation'

const SEEDS_MAX = 300
const CAUGHT_ENOUGH = 3
const TIMEOUT_MS = 120_000

const bugs: [string, Mutation][] = [
  ['the committed offset is not plus one', OFFSET_NOT_PLUS_ONE],
  ['after an abort nothing seeks', ABORT_WITHOUT_SEEK],
  ['a producer is used again after a timeout', PRODUCER_REUSED],
  ['the state is not reset', STATE_NOT_RESET],
  ['a state snapshot is newer than the commit', SNAPSHOT_NEWER_THAN_COMMIT],
  ['what was fetched ahead is taken for other positions', FETCHED_FOR_OTHER_POSITIONS],
  ['a restart forgets what day volumes came to', TOTALS_FORGOTTEN],
  ['a restart forgets the day volumes of open windows', OPEN_TOTALS_FORGOTTEN],
]

test.each(bugs)('caught: %s', { timeout: TIMEOUT_MS }, async (_, bug) => {
  const caught: Outcome[] = []
  for (let seed = 1; seed <= SEEDS_MAX && caught.length < CAUGHT_ENOUGH; seed++) {
    const outcome = await simulate(seed, bug)
    if (outcome.violations.length > 0) caught.push(outcome)
  }
  expect(caught).toHaveLength(CAUGHT_ENOUGH)
  for (const { plan } of caught) expect((await simulate(plan.seed)).violations).toEqual([])
  const [first] = caught as [Outcome]
  const told = describeFailure(first)
  expect(told).toContain(first.violations[0])
  for (const part of ['plan:', 'rates lost ', 'what happened:', 'instance 0.1 starts']) expect(told).toContain(part)
  expect(told).toContain(`TEST_SIMULATION_SEED=${first.plan.seed} npm test`)
})
