// A run with a moved clock: what it reaches, and that a test that depends on the day turns red in it.

import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Env } from '#runtime/settings'
import { clockShift } from '#support/clock_shift/environment'
import { startProgram } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const RUN = join(import.meta.dirname, '../../run.ts')
const LIBRARY = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')

/** Says what time it is: here, for a file written now, for one dated an hour back, and the same in a child. */
const CLOCKS = `
import { fork } from 'node:child_process'
import { utimesSync, writeFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
writeFileSync('file', '')
const written = (await stat('file')).mtime.getTime()
const { mtimeMs, mtimeNs } = await stat('file', { bigint: true })
const exact = [Number(mtimeMs), Number(mtimeNs / 1_000_000n)]
const hourAgo = Date.now() - 3_600_000
utimesSync('file', hourAgo / 1000, hourAgo / 1000)
const dated = (await stat('file')).mtime.getTime() + 3_600_000
const times = { date: new Date().getTime(), now: Date.now(), text: Date.parse(Date()), written, dated, ...exact }
console.log(JSON.stringify(times))
if (process.argv[2] !== 'child') fork(fileURLToPath(import.meta.url), ['child'], { env: {} })
`

/** A test of the kind that is green until its day has passed. */
const PLANTED = `
test('the quote of 2026-11-21 is not a year old', () => {
  expect(Date.now()).toBeLessThan(Date.UTC(2027, 10, 21))
})
`

const shiftOf = (env: Env, library: readonly string[]) => clockShift({ PATH: process.env.PATH, ...env }, library)

/** The true time, whatever this run's own clock says. */
const trueNow = () => Date.now() - Number(process.env.TEST_CLOCK_SHIFT_DAYS ?? 0) * DAY_MS

describe.each([
  ["Node's own clock", []],
  ['libfaketime', LIBRARY],
])('by %s', (_way, library) => {
  test.skipIf(_way === 'libfaketime' && library.length === 0).each(['400', '-1'])(
    '%s days reach Node, the files that it writes, and children without an environment',
    async (days) => {
      const folder = temporaryFolder()
      const program = join(folder, 'clocks.mjs')
      writeFileSync(program, CLOCKS.replaceAll("'file'", JSON.stringify(join(folder, 'file'))))
      const child = startProgram([program], shiftOf({ TEST_CLOCK_SHIFT_DAYS: days }, library)?.env ?? {})
      expect(await child.ended).toEqual({ code: 0, signal: null })
      expect(child.stdout).toHaveLength(2)
      const expected = trueNow() + Number(days) * DAY_MS
      for (const times of child.stdout.map((line) => Object.values<number>(JSON.parse(line)))) {
        for (const time of times) expect(Math.abs(time - expected)).toBeLessThan(MINUTE_MS)
      }
    },
  )
})

test('a test that depends on the day turns red, and stays green on its own day', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'planted.test.js'), PLANTED)
  const outcomeOf = async (env: Env) => {
    const run = startProgram([RUN, '--root', folder, '--globals'], env)
    const { code } = await run.ended
    return { code, last: run.stdout.at(-1) }
  }
  const daysTo = (time: number) => ({ TEST_CLOCK_SHIFT_DAYS: `${Math.round((time - trueNow()) / DAY_MS)}` })
  expect(await outcomeOf(daysTo(Date.UTC(2026, 10, 22)))).toEqual({ code: 0, last: '1 passed, 0 failed, 0 skipped' })
  expect(await outcomeOf(daysTo(Date.UTC(2027, 11, 22)))).toEqual({ code: 1, last: '0 passed, 1 failed, 0 skipped' })
}, 120_000)

test('nothing is moved unasked, or twice', () => {
  expect(shiftOf({}, [])).toBeUndefined()
  const moved = shiftOf({ TEST_CLOCK_SHIFT_DAYS: '1' }, [])
  expect(moved?.text).toContain('libfaketime is not installed')
  expect(clockShift(moved?.env ?? {})).toBeUndefined()
})

test('a run without services and with few seeds, unless it is told otherwise', () => {
  const asked = { TEST_CLOCK_SHIFT_DAYS: '1', TEST_SERVICES: 'native' }
  expect(shiftOf(asked, [])?.env).toMatchObject({ TEST_SERVICES: 'native', TEST_SIMULATION_SEEDS: '100' })
  expect(shiftOf({ TEST_CLOCK_SHIFT_DAYS: '1' }, [])?.env).toMatchObject({ TEST_SERVICES: 'none' })
})

test.each(['soon', '1.5', '1 day'])('a shift of %j is refused', (days) => {
  expect(() => shiftOf({ TEST_CLOCK_SHIFT_DAYS: days }, [])).toThrow(/whole number of days/)
})
