// Running a program to its end.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Env } from '#runtime/settings'

const run = promisify(execFile)

/** Programs print little; what goes beyond is a failure. */
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024

/** How to run a program. */
export interface ProgramOptions {
  readonly env: Env
  readonly cwd?: string
  readonly timeoutMs: number
}

/** Runs a program and gives its stdout. Rejects, with the end of its stderr, when it fails or takes too long. */
export async function runProgram(file: string, args: readonly string[], options: ProgramOptions): Promise<string> {
  try {
    const limits = { timeout: options.timeoutMs, maxBuffer: OUTPUT_BYTES_MAX }
    return (await run(file, args, { ...limits, env: options.env, ...(options.cwd ? { cwd: options.cwd } : {}) })).stdout
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().slice(-500) : ''
    throw new Error(`${file} ${args[0] ?? ''} failed: ${said || String(error)}`, { cause: error })
  }
}

/** Whether a program is installed and works: it ends with 0 when asked for its version. */
export async function works(file: string, args: readonly string[], env: Env): Promise<boolean> {
  return runProgram(file, args, { env, timeoutMs: 20_000 }).then(
    () => true,
    () => false,
  )
}
