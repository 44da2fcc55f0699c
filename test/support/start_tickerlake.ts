// The command line as a user runs it: a child process, its output by lines, and signals.
// The child sees none of this shell's settings, only those it is given, and is gone when the test is over.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import type { Env } from '#runtime/settings'

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A running `tickerlake`. */
export interface RunningTickerlake {
  readonly pid: number
  /** Every line so far, in order of arrival, but for what the process says of a machine that held it up. */
  readonly stdout: readonly string[]
  readonly stderr: readonly string[]
  /**
   * The first line of either output, past or to come, that matches. Rejects when the process ends or the time is up.
   */
  waitForLine(pattern: RegExp, timeoutMs?: number): Promise<string>
  /** Resolves when the process has ended and all of its output is here. */
  readonly ended: Promise<Ended>
  /** Sends a signal, SIGTERM unless another is named, and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Ended>
  /** Writes to its stdin and closes it. */
  input(text: string): void
}

/** The launcher. */
export const PROGRAM = join(import.meta.dirname, '../../bin/tickerlake.js')
/** Ends a wait for a line that never comes. */
const LINE_TIMEOUT_MS = 60_000

/** What the stall watch says. On a busy machine any process may say it, and it is no finding of a test. */
const HELD_UP = / was held up for \d+\.\d s: | missed \d+\.\d s of the clock: /

/** What a child needs of this machine; everything else is a setting and is given. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'SystemRoot']

/**
 * Tests want no page unless they ask for one: `start` is without it, and `web` takes a free port. Nor is history asked
 * for, where most servers that play Yahoo have none.
 */
const DEFAULTS: Env = { WEB_PORT: '0', BACKFILL_AT_START: 'false' }

/** Starts `tickerlake <args>` with these settings only; killed when the running test is over. */
export function startTickerlake(args: readonly string[], env: Env): RunningTickerlake {
  return startProgram([PROGRAM, ...args], env)
}

/** Starts `node <args>` in the same way, for tests that need a process of their own. */
export function startProgram(args: readonly string[], env: Env): RunningTickerlake {
  return watched([process.execPath, ...args], env)
}

/**
 * Runs a shell's line in the same way, for real pipes and redirections. In it `$TICKERLAKE` is the command, unquoted.
 * The shell and all that it starts are one process group, and are killed together when the running test is over.
 */
export function startShell(line: string, env: Env): RunningTickerlake {
  return watched(['/bin/sh', '-c', line], { TICKERLAKE: `${process.execPath} ${PROGRAM}`, ...env })
}

function watched([file = '', ...args]: readonly string[], env: Env): RunningTickerlake {
  const inherited = Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]))
  const child = spawn(file, args, {
    env: { ...inherited, ...DEFAULTS, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  // A child that ends without reading its stdin is no failure.
  child.stdin.on('error', () => {})
  const lines = new Lines()
  const stdout = lines.collect(child.stdout)
  const stderr = lines.collect(child.stderr)
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal }))
  ended.then((end) => lines.end(`it ended with ${end.code ?? end.signal}`))
  onTestFinished(async () => {
    killGroup(child.pid)
    await ended
  })
  return {
    pid: child.pid ?? -1,
    stdout,
    stderr,
    ended,
    waitForLine: (pattern, timeoutMs = LINE_TIMEOUT_MS) => lines.wait(pattern, timeoutMs),
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
    input: (text) => void child.stdin.end(text),
  }
}

/** Ends a process and all that it started, if they are still there. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // All of them have ended.
  }
}

/** The lines of both outputs and those who wait for one. */
class Lines {
  readonly #all: string[] = []
  readonly #waiting = new Set<{ line(text: string): void; end(reason: string): void }>()
  #ended: string | undefined

  collect(stream: NodeJS.ReadableStream): readonly string[] {
    const own: string[] = []
    createInterface({ input: stream }).on('line', (text) => {
      if (!HELD_UP.test(text)) own.push(text)
      this.#all.push(text)
      for (const waiter of this.#waiting) waiter.line(text)
    })
    return own
  }

  end(reason: string): void {
    this.#ended = reason
    for (const waiter of this.#waiting) waiter.end(reason)
  }

  wait(pattern: RegExp, timeoutMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(waiter)
      }
      const waiter = {
        line: (text: string) => {
          if (!pattern.test(text)) return
          settle()
          resolve(text)
        },
        end: (reason: string) => {
          settle()
          reject(
            new Error(`no line matches ${pattern}: ${reason}. Its last lines:\n${this.#all.slice(-20).join('\n')}`),
          )
        },
      }
      const timer = setTimeout(() => waiter.end(`${timeoutMs} ms are up`), timeoutMs)
      this.#waiting.add(waiter)
      const past = this.#all.find((text) => pattern.test(text))
      if (past !== undefined) waiter.line(past)
      else if (this.#ended !== undefined) waiter.end(this.#ended)
    })
  }
}
