// Promise: log to log, exactly once, whatever goes wrong. The stream's own code runs on a simulated cluster in virtual
// time, one seed a run; each output stands in the log once and is what the input comes to.

import { expect, test } from 'vitest'
import { seedsToRun } from '#support/simulation/seeds'
import { describeFailure, simulate } from '#support/simulation/simulation'

const CHUNK = 100
const CHUNK_TIMEOUT_MS = 120_000

const seeds = seedsToRun(process.env)
const chunks = Array.from({ length: Math.ceil(seeds.length / CHUNK) }, (_, index) => {
  const chunk = seeds.slice(index * CHUNK, (index + 1) * CHUNK)
  return { chunk, from: chunk[0], to: chunk.at(-1) }
})

test.each(chunks)(
  'the outputs are those of the input, each once: seeds $from to $to',
  { timeout: CHUNK_TIMEOUT_MS },
  async ({ chunk }) => {
    for (const seed of chunk) {
      const outcome = await simulate(seed)
      if (outcome.violations.length > 0) expect.fail(describeFailure(outcome))
    }
  },
)

test('a seed is one exact run', async () => {
  const [one, other] = [await simulate(7), await simulate(7)]
  expect(other.history).toEqual(one.history)
  expect(other.elapsedMs).toBe(one.elapsedMs)
})
