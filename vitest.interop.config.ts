// Proofs that other Delta engines and we read each other's tables: `npm run test:interop`, apart from `npm test`,
// because they bring a Spark. One file at a time, as each has engines of its own.

import { defineConfig } from 'vitest/config'
import { ServiceReporter } from './test/support/services/service_reporter.ts'

export default defineConfig({
  test: {
    name: 'interop',
    include: ['test/interop/**/*.test.ts'],
    globalSetup: ['test/support/global_setup.ts'],
    reporters: ['default', new ServiceReporter()],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
  },
})
