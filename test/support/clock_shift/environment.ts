// A run of the tests with the clock moved, so that none depends on the day: TEST_CLOCK_SHIFT_DAYS=400 npm test.
// Where libfaketime is installed it moves the clock of every program, DuckDB and Python among them; else only Node's
// moves.

import { globSync } from 'node:fs'
import type { Env } from '#runtime/settings'

const PRELOAD = new URL('./preload.js', import.meta.url).href
/** Where Debian, Fedora and `make install` put it; MT is the build for programs with threads. */
const LIBRARIES = '/usr/{lib,lib64,local/lib}{,/*-linux-gnu}/faketime/libfaketimeMT.so.1'
/** The simulation runs in virtual time, whatever the clock says; this many show that it still starts. */
const SIMULATION_SEEDS = '100'

/** What a run with a moved clock needs. */
export interface ClockShift {
  /** For the process that runs the tests, and all its children. */
  readonly env: Env
  /** What moves, for people. */
  readonly text: string
}

/** The shift that TEST_CLOCK_SHIFT_DAYS asks for; undefined when none is asked for, or the clock is moved already. */
export function clockShift(env: Env, [library]: readonly string[] = globSync(LIBRARIES)): ClockShift | undefined {
  const days = env.TEST_CLOCK_SHIFT_DAYS
  if (!days || env.NODE_OPTIONS?.includes(PRELOAD)) return undefined
  if (!/^[+-]?\d+$/.test(days)) {
    throw new Error(`TEST_CLOCK_SHIFT_DAYS takes a whole number of days, such as 400 or -1, not '${days}'`)
  }
  const shared = {
    TEST_SERVICES: 'none',
    TEST_SIMULATION_SEEDS: SIMULATION_SEEDS,
    ...env,
    NODE_OPTIONS: [env.NODE_OPTIONS, `--import=${PRELOAD}`].filter(Boolean).join(' '),
  }
  const text = `The clock is moved by ${days} days`
  if (library === undefined) return { env: shared, text: `${text}, but only Node's: libfaketime is not installed` }
  // Without its sign libfaketime takes a number for a date. Timers go by the monotonic clock, which must not move.
  const faketime = `${Number(days) < 0 ? '' : '+'}${Number(days)}d`
  const native = { LD_PRELOAD: library, FAKETIME: faketime, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
  return { env: { ...shared, ...native }, text }
}
