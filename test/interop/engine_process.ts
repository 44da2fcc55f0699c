// An engine of other people as a Python process that answers requests, one line each: see served.py.
// Invariant: it ends when its input does, so it cannot outlive the tests.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A running engine. */
export interface EngineProcess {
  /** Runs one of its operations; requests are answered in order. Rejects with what the engine said. */
  ask(operation: string, parameters: Readonly<Record<string, string>>): Promise<unknown>
  close(): Promise<void>
}

/** What to start: a program of this folder. */
export interface EngineProgram {
  readonly interpreter: string
  readonly file: string
  readonly args: readonly string[]
}

/** Settings of the user's own Spark, which must not mix with ours. */
const FOREIGN_SETTINGS = /^(SPARK_|PYSPARK_|PYTHONPATH$)/

const LAST_LINES_MAX = 20

interface Answer {
  readonly value?: unknown
  readonly error?: string
}

/** Starts an engine and waits until it is ready. */
export async function startEngine({ interpreter, file, args }: EngineProgram): Promise<EngineProcess> {
  const inherited = Object.entries(process.env).filter(([name]) => !FOREIGN_SETTINGS.test(name))
  const own = { PYTHONDONTWRITEBYTECODE: '1', SPARK_LOCAL_IP: '127.0.0.1' }
  const env = { ...Object.fromEntries(inherited), ...own }
  const child = spawn(interpreter, [join(import.meta.dirname, file), ...args], { env })
  child.stdin.on('error', () => {})
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line)
    if (said.length > LAST_LINES_MAX) said.shift()
  })
  const ended = once(child, 'close')
  const waiting: { resolve(answer: Answer): void; reject(error: Error): void }[] = []
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line) as Answer))
  ended.then(() => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`${file} ended. Its last lines:\n${said.join('\n')}`))
  })
  const next = () => new Promise<Answer>((resolve, reject) => waiting.push({ resolve, reject }))
  await next()
  return {
    async ask(operation, parameters) {
      if (child.exitCode !== null) throw new Error(`${file} has ended. Its last lines:\n${said.join('\n')}`)
      const answered = next()
      child.stdin.write(`${JSON.stringify({ operation, ...parameters })}\n`)
      const { value, error } = await answered
      if (error !== undefined) throw new Error(`${file}, ${operation}: ${error}`)
      return value
    },
    async close() {
      child.stdin.end()
      await ended
    },
  }
}
