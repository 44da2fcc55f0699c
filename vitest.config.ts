// Unit tests run side by side, and then whole processes do; tests that share something of which there is one, one file
// at a time. The run's real services are found once, for all of them.

import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
import { ServiceReporter } from './test/support/services/service_reporter.ts'
import { type TestGroups, testGroups } from './test/support/test_groups.ts'

const isClockMoved = Boolean(process.env.TEST_CLOCK_SHIFT_DAYS)
const groups = testGroups(import.meta.dirname, { isClockMoved })
/** A run with a moved clock has others beside it. */
const PROCESSES = isClockMoved ? 1 : 2

/** Limits that end a test which hangs; one that passes meets none of them, however busy the machine is. */
const [TEST_MAX_MS, POLL_MAX_MS] = [120_000, 20_000]

function project(name: keyof TestGroups, groupOrder: number, maxWorkers: number): TestProjectConfiguration {
  return { extends: true, test: { name, ...groups[name], sequence: { groupOrder }, maxWorkers } }
}

export default defineConfig({
  test: {
    reporters: ['default', new ServiceReporter()],
    globalSetup: ['test/support/global_setup.ts'],
    projects: [project('units', 0, 2), project('processes', 1, PROCESSES), project('alone', 2, 1)],
    testTimeout: TEST_MAX_MS,
    hookTimeout: TEST_MAX_MS,
    expect: { poll: { timeout: POLL_MAX_MS } },
    pool: 'forks',
  },
})
