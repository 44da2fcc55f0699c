// Proofs that other Delta engines and we read each other's tables: `npm run test:interop`, apart from `npm test`,
// because they bring a Spark. One file at a time, as each has engines of its own.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'interop',
    include: ['test/interop/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    pool: 'forks',
  },
})
