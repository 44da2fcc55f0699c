// A Python with the packages that other people's engines and producers come in; made once, kept in the user's cache.
// Made only when TEST_INSTALL_SERVICES=1; without it, and without one in the cache, the tests that need it are skipped.

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { cacheFolder, fillCache, isThere } from '#support/services/cache'
import { runProgram } from '#support/services/program'
import type { MissingService } from '#support/services/services'

/** deltalake is delta-rs, a Delta engine that shares no code with ours; kafka-python is what many producers use. */
const REQUIREMENTS = ['deltalake==1.6.6', 'kafka-python==3.0.12']

const INSTALL_TIMEOUT_MS = 300_000
const SCRIPT_TIMEOUT_MS = 120_000

/** Runs Python programs. */
export interface Python {
  /** Runs a program with these arguments and gives what it printed. */
  run(program: string, args: readonly string[]): Promise<string>
}

/** The environment, or why there is none. Throws instead when TEST_REQUIRE_SERVICES=1. */
export async function pythonEnvironment(): Promise<Python | MissingService> {
  const { env } = process
  const version = createHash('sha256').update(REQUIREMENTS.join()).digest('hex').slice(0, 12)
  const folder = cacheFolder(env, `python-${version}`)
  const interpreter = join(folder, 'bin', 'python')
  if (!(await isThere(interpreter))) {
    if (env.TEST_INSTALL_SERVICES !== '1') return missing('set TEST_INSTALL_SERVICES=1 to install them once')
    try {
      await install(folder)
    } catch (error) {
      return missing(String(error))
    }
  }
  return {
    run: (program, args) => runProgram(interpreter, ['-c', program, ...args], { env, timeoutMs: SCRIPT_TIMEOUT_MS }),
  }
}

/** Only `bin/python` of the environment is used, and that finds its packages by where it stands, so it may be renamed. */
async function install(folder: string): Promise<void> {
  const options = { env: process.env, timeoutMs: INSTALL_TIMEOUT_MS }
  await fillCache(folder, async (temporary) => {
    await runProgram('python3', ['-m', 'venv', temporary], options)
    await runProgram(join(temporary, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...REQUIREMENTS], options)
  })
}

function missing(reason: string): MissingService {
  const text = `Python with ${REQUIREMENTS.join(' and ')}: ${reason}`
  if (process.env.TEST_REQUIRE_SERVICES === '1') throw new Error(`TEST_REQUIRE_SERVICES=1, but ${text}`)
  process.stderr.write(`skipped: ${text}\n`)
  return { missing: text }
}
