// `npm test`: runs vitest with the given arguments and ends with one plain line of counts, alone and last, for people
// and scripts alike. Exit code: vitest's. With TEST_CLOCK_SHIFT_DAYS all of it runs in a process whose clock is moved.

import { spawn } from 'node:child_process'
import type { TestModule, Vitest } from 'vitest/node'
import { type ClockShift, clockShift } from './support/clock_shift/environment.ts'

const shift = clockShift(process.env)
if (shift === undefined) await runTests(process.argv.slice(2))
else runShifted(shift)

function runShifted({ env, text }: ClockShift): void {
  process.stderr.write(`${text}.\n`)
  const child = spawn(process.execPath, process.argv.slice(1), { env, stdio: 'inherit' })
  // Ctrl+C reaches the child too, and it is the child that ends the run.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill())
  child.on('exit', (code) => {
    process.exitCode = code ?? 1
  })
}

async function runTests(words: readonly string[]): Promise<void> {
  const { parseCLI, startVitest } = await import('vitest/node')
  const { filter, options } = parseCLI(['vitest', 'run', ...words])
  const vitest = await startVitest(filter, options)
  if (vitest.shouldKeepServer()) return
  await vitest.close()
  const counts = countsOf(vitest)
  if (counts.failed > 0) process.exitCode ||= 1
  // A run that could not be done at all, for want of a service say, has no failed test to show.
  else if (process.exitCode) counts.failed = 1
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`, () =>
    process.exit(),
  )
}

/** A file or suite that fails outside its tests, and an error that belongs to no test, count as one failure each. */
function countsOf(run: Vitest): { passed: number; failed: number; skipped: number } {
  const counts = { passed: 0, failed: run.state.getUnhandledErrors().length, skipped: 0 }
  for (const module of run.state.getTestModules()) {
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed' || state === 'failed' || state === 'skipped') counts[state]++
      else counts.failed++
    }
    counts.failed += errorsOutsideTests(module)
  }
  return counts
}

function errorsOutsideTests(module: TestModule): number {
  const suites = [module, ...module.children.allSuites()]
  return suites.filter((suite) => suite.errors().length > 0).length
}
