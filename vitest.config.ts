// Unit tests run side by side; tests that share the run's real services, drive a browser, or measure whole processes,
// one file at a time.

import { defineConfig } from 'vitest/config'
import { ServiceReporter } from './test/support/services/service_reporter.ts'

const ALONE = ['contract', 'promises', 'integration', 'e2e', 'browser'].map((folder) => `test/${folder}/**/*.test.ts`)

export default defineConfig({
  test: {
    reporters: ['default', new ServiceReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: 'units',
          include: ['test/**/*.test.ts'],
          exclude: [...ALONE, 'test/interop/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'services',
          include: ALONE,
          globalSetup: ['test/support/global_setup.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
