// Promise: log to log, exactly once, whatever goes wrong. The stream's own code runs on a simulated cluster in virtual
// time, one seed a run; each output stands in the log once and is what the input comes to.

import { expect, test } from 'vitest'
import { seedsToRun } from '#support/simulation/run/seeds'
import { describeFailure, simulate } from '#support/simulation/run/simulation'

const CHUNK = 100
const TIMEOUT_MS = 120_000

const seeds = seedsToRun(process.env)
const chunks = Array.from({ length: Math.ceil(seeds.length / CHUNK) }, (_, index) => {
  const chunk = seeds.slice(index * CHUNK, (index + 1) * CHUNK)
  return { chunk, from: chunk[0], to: chunk.at(-1) }
})

test.each(chunks)('the outputs of seeds $from to $to', { timeout: TIMEOUT_MS }, async ({ chunk }) => {
  for (const seed of chunk) {
    const outcome = await simulate(seed)
    if (outcome.violations.length > 0) expect.fail(describeFailure(outcome))
  }
})

/**
 * One partition and three members, of which those without it leave and come back at once, so that the group is joined
 * every tenth of a second, and whoever has the partition must first read up its state.
 */
const RESTLESS_SEED = 1906

test('a group that never comes to rest gets on', { timeout: TIMEOUT_MS }, async () => {
  for (let course = 1; course <= 15; course++) {
    const outcome = await simulate(RESTLESS_SEED, { course })
    if (outcome.violations.length > 0) expect.fail(`course ${course}: ${describeFailure(outcome)}`)
  }
})

test('a seed is one exact run', { timeout: TIMEOUT_MS }, async () => {
  for (const seed of seeds.slice(0, 10)) {
    const [one, other] = [await simulate(seed), await simulate(seed)]
    expect(other.history).toEqual(one.history)
    expect(other.elapsedMs).toBe(one.elapsedMs)
  }
})

test('the environment says how many seeds are run, or which one', () => {
  expect(seedsToRun({})).toHaveLength(2_000)
  expect(seedsToRun({ TEST_SIMULATION_SEEDS: '3' })).toEqual([1, 2, 3])
  expect(seedsToRun({ TEST_SIMULATION_SEEDS: '3', TEST_SIMULATION_SEED: '80' })).toEqual([80])
  expect(() => seedsToRun({ TEST_SIMULATION_SEEDS: 'many' })).toThrow('TEST_SIMULATION_SEEDS must be a whole number')
})
