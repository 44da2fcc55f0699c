// Pythons with the packages that other people's engines and producers come in; each made once, kept in the user's
// cache. Made only when TEST_INSTALL_SERVICES=1; without it, and without one in the cache, the tests that need it are
// skipped.

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { cacheFolder, fillCache, isThere } from '#support/services/cache'
import { runProgram } from '#support/services/program'
import type { MissingService } from '#support/services/services'

/** deltalake is delta-rs, a Delta engine that shares no code with ours; kafka-python is what many producers use. */
const REQUIREMENTS = ['deltalake==1.6.6', 'kafka-python==3.0.12']

/** pyspark brings a whole Spark, 430 MB to fetch where the line may be slow. */
const INSTALL_TIMEOUT_MS = 600_000
const SCRIPT_TIMEOUT_MS = 120_000

/**
 * How a program ends that has come to its end: its exit functions run, and the threads of the engines are left to the
 * system. Taken down by the interpreter, those of pyarrow and delta-rs now and then end a program that has printed all
 * ("terminate called without an active exception").
 */
const END = `
import atexit, os, sys
atexit._run_exitfuncs()
sys.stdout.flush()
sys.stderr.flush()
os._exit(0)
`

/** Runs Python programs. */
export interface Python {
  /** The program that has the packages. */
  readonly interpreter: string
  /** Runs a program with these arguments and gives what it printed. */
  run(program: string, args: readonly string[]): Promise<string>
}

/** The environment with these packages, or why there is none. Throws instead when TEST_REQUIRE_SERVICES=1. */
export async function pythonEnvironment(
  requirements: readonly string[] = REQUIREMENTS,
): Promise<Python | MissingService> {
  const { env } = process
  const version = createHash('sha256').update(requirements.join()).digest('hex').slice(0, 12)
  const folder = cacheFolder(env, `python-${version}`)
  const interpreter = join(folder, 'bin', 'python')
  const what = `Python with ${requirements.join(' and ')}`
  if (!(await isThere(interpreter))) {
    if (env.TEST_INSTALL_SERVICES !== '1') return missing(what, 'set TEST_INSTALL_SERVICES=1 to install them once')
    try {
      await install(folder, requirements)
    } catch (error) {
      return missing(what, String(error))
    }
  }
  return {
    interpreter,
    run: (program, args) =>
      runProgram(interpreter, ['-c', program + END, ...args], { env, timeoutMs: SCRIPT_TIMEOUT_MS }),
  }
}

/**
 * Only `bin/python` of the environment is used, and that finds its packages by where it stands, so it may be renamed.
 */
async function install(folder: string, requirements: readonly string[]): Promise<void> {
  const options = { env: process.env, timeoutMs: INSTALL_TIMEOUT_MS }
  await fillCache(folder, async (temporary) => {
    await runProgram('python3', ['-m', 'venv', temporary], options)
    await runProgram(join(temporary, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...requirements], options)
  })
}

/** Says that something is not there and its tests are skipped. Throws when TEST_REQUIRE_SERVICES=1. */
export function missing(what: string, reason: string): MissingService {
  const text = `${what}: ${reason}`
  if (process.env.TEST_REQUIRE_SERVICES === '1') throw new Error(`TEST_REQUIRE_SERVICES=1, but ${text}`)
  process.stderr.write(`skipped: ${text}\n`)
  return { missing: text }
}
