// Processes that cannot outlive the test run: a shell holds the other end of a pipe of ours, and when the pipe closes,
// for whatever reason, kill -9 of this process included, it kills its child and removes the child's folder.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A process on the leash. */
export interface Leashed {
  /** Resolves when a line of its output matches; rejects when it ends or the time is up, with its last lines. */
  waitForLine(pattern: RegExp, timeoutMs: number): Promise<void>
  /** Resolves when the process has ended by itself; rejects with its last lines unless it ended with 0. */
  finished(): Promise<void>
  /** kill -9; the folder goes, too. */
  stop(): Promise<void>
}

/** What to run. */
export interface LeashedCommand {
  readonly command: string
  readonly args: readonly string[]
  /** Removed when the process ends, in whatever way. */
  readonly folder?: string
  readonly env: Readonly<Record<string, string | undefined>>
}

const LAST_LINES_MAX = 12

// PIPE too: when the owner is gone, so is the other end of the shell's stderr.
const LEASH = `trap '' INT TERM HUP PIPE
exec 3<&0
folder=$1; shift
"$@" </dev/null &
child=$!
(cat <&3 >/dev/null 2>&1; kill -9 $child 2>/dev/null) >/dev/null 2>&1 &
watch=$!
wait $child
code=$?
kill -9 $watch 2>/dev/null
rm -rf "$folder"
exit $code`

/** Starts a command on the leash. It needs a POSIX shell. */
export function startLeashed(what: LeashedCommand): Leashed {
  const shell = spawn('/bin/sh', ['-c', LEASH, 'leash', what.folder ?? '', what.command, ...what.args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: what.env,
  })
  const output = collectLines(shell)
  const ended = once(shell, 'exit').then(([code]) => Number(code))
  ended.finally(() => shell.stdin?.destroy())
  return {
    waitForLine: (pattern, timeoutMs) => waitForLine({ ...output, ended, pattern, timeoutMs }),
    async finished() {
      const code = await ended
      if (code !== 0) throw new Error(`${what.command} ended with ${code}: ${output.last.join(' | ')}`)
    },
    async stop() {
      shell.stdin?.destroy()
      await ended
    },
  }
}

/** Runs a command when this process is gone: the clean-up for what lives outside, such as a container. */
export function whenGone(command: string, args: readonly string[]): void {
  const script = `trap '' INT TERM HUP PIPE; cat >/dev/null; "$@"`
  const watcher = spawn('/bin/sh', ['-c', script, 'when-gone', command, ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.unref()
  ;(watcher.stdin as unknown as { unref(): void }).unref()
}

interface Output {
  readonly last: string[]
  readonly listeners: Set<(line: string) => void>
}

function collectLines(child: ChildProcess): Output {
  const output: Output = { last: [], listeners: new Set() }
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      output.last.push(line)
      if (output.last.length > LAST_LINES_MAX) output.last.shift()
      for (const listener of output.listeners) listener(line)
    })
  }
  return output
}

function waitForLine(wait: Output & { ended: Promise<number>; pattern: RegExp; timeoutMs: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (failure?: string) => {
      clearTimeout(timer)
      wait.listeners.delete(listen)
      if (failure === undefined) resolve()
      else reject(new Error(`${failure}: ${wait.last.join(' | ')}`))
    }
    const listen = (line: string) => {
      if (wait.pattern.test(line)) settle()
    }
    const timer = setTimeout(() => settle(`not ready after ${wait.timeoutMs} ms`), wait.timeoutMs)
    wait.listeners.add(listen)
    wait.ended.then((code) => settle(`ended with ${code}`))
  })
}
