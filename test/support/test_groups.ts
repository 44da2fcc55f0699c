// Which test files may run beside others. Unit tests share nothing; a test of whole processes brings its own folders,
// and gives its topics and buckets names that no other test uses. What is left shares a thing of which there is one.

import { globSync, readFileSync } from 'node:fs'

const WHOLE = 'test/{contract,promises,integration,e2e,browser}/**/*.test.ts'

/**
 * What only one file at a time may have: the platform's topics, whose names are fixed; a browser, or a broker to kill,
 * which takes the machine for itself.
 */
const SHARED = /#support\/(log\/platform_topics|web\/browser|services\/own_kafka)'/

/** What a moved clock cannot change: what a query that attacks may reach, and what happens by a clock of its own. */
const WITHOUT_DAY = ['test/promises/untrusted_sql.test.ts', 'test/promises/copy_killed_at_every_call.test.ts']

/** Patterns of test files, by how they may run. */
export interface TestGroups {
  /** Within vitest's own processes. */
  readonly units: { readonly include: string[]; readonly exclude: string[] }
  /** Whole processes, side by side. */
  readonly processes: { readonly include: string[]; readonly exclude: string[] }
  /** One file after the other. */
  readonly alone: { readonly include: string[]; readonly exclude: string[] }
}

/** Sorts the test files below a folder, that of the project; those of interop have a run of their own. */
export function testGroups(root: string, { isClockMoved = false } = {}): TestGroups {
  const left = isClockMoved ? WITHOUT_DAY : []
  const alone = globSync(WHOLE, { cwd: root }).filter((path) => SHARED.test(readFileSync(`${root}/${path}`, 'utf8')))
  return {
    units: { include: ['test/**/*.test.ts'], exclude: [WHOLE, 'test/interop/**'] },
    processes: { include: [WHOLE], exclude: [...alone, ...left] },
    alone: { include: alone, exclude: left },
  }
}
