// A console that goes away, cannot be written, or is not read: services end in good order or go on, and lose nothing.
// Through a shell, so that the pipes are real ones.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Env } from '#runtime/settings'
import { sqlRows } from '#support/lake/sql_rows'
import { PROGRAM, type RunningTickerlake, startShell, startTickerlake } from '#support/start_tickerlake'
import { newFolder, removeFolder, temporaryFolder } from '#support/temporary_folder'

/** A closed console must have ended a command after this long. */
const END_MAX_MS = 10_000

/** Says on stderr how the command in front of a pipe ended; a pipe's own exit code is that of its last command. */
const codeOf = (command: string) => `{ ${command}; echo "ended with $?" >&2; }`

/** Rates at which each service has something to say every second. */
const LIVE: Env = { FLUSH_INTERVAL_MS: '500', SOURCE: 'simulator', LOG_LEVEL: 'debug' }

async function initialised(): Promise<Env> {
  const env = { DATA_DIR: temporaryFolder() }
  expect(await startTickerlake(['init'], env).ended).toEqual({ code: 0, signal: null })
  return env
}

/** How long after `since` the command said that it has ended with 0. */
async function endedWell(shell: RunningTickerlake, since: number): Promise<number> {
  await shell.waitForLine(/^ended with 0$/, END_MAX_MS + 10_000)
  return performance.now() - since
}

describe('a reader that leaves ends a service in good order', () => {
  test.each(['start', 'stream', 'write', 'produce'])(
    '%s',
    async (command) => {
      const env = { ...(await initialised()), ...LIVE }
      const shell = startShell(`${codeOf(`$TICKERLAKE ${command}`)} | { head -1; echo "the reader is gone" >&2; }`, env)
      // A service with nothing to do says nothing: then it must notice by itself.
      const feed = command === 'stream' || command === 'write' ? startTickerlake(['produce'], { ...env }) : undefined
      await shell.waitForLine(/the reader is gone/, 30_000)
      const since = performance.now()
      await feed?.stop('SIGKILL')
      expect(await endedWell(shell, since)).toBeLessThan(END_MAX_MS)
      expect(shell.stderr.filter((line) => !/^ended|reader is gone/.test(line))).toEqual([])
    },
    120_000,
  )

  // They write no line that could fail, and must notice by themselves.
  test.each(['stream', 'write', 'web'])(
    '%s, although it has nothing to say',
    async (command) => {
      const env = await initialised()
      const reader = '{ sleep 2; echo "the reader is gone" >&2; }'
      const shell = startShell(`${codeOf(`$TICKERLAKE ${command}`)} | ${reader}`, env)
      await shell.waitForLine(/the reader is gone/, 30_000)
      const since = performance.now()
      expect(await endedWell(shell, since)).toBeLessThan(END_MAX_MS)
      expect(shell.stderr.filter((line) => !/reader is gone/.test(line))).toEqual(['ended with 0'])
    },
    120_000,
  )

  test('and the next start goes on', async () => {
    const env = { ...LIVE, DATA_DIR: temporaryFolder() }
    const shell = startShell(`${codeOf('$TICKERLAKE start')} | head -8`, env)
    await endedWell(shell, 0)
    const verified = startTickerlake(['verify', '--log'], env)
    expect(await verified.ended, verified.stderr.join('\n')).toEqual({ code: 0, signal: null })
    const next = startTickerlake(['start'], env)
    await next.waitForLine(/^Sent: /)
    expect(await next.stop('SIGINT')).toEqual({ code: 0, signal: null })
  }, 120_000)
})

describe('over a lake', () => {
  const folder = newFolder()
  const env = { DATA_DIR: folder }
  beforeAll(async () => {
    const lines = Array.from({ length: 3000 }, (_, i) =>
      JSON.stringify({ symbol: 'AAPL', price: 1 + i, timestamp: Date.UTC(2026, 9, 2, 13, 30) + i }),
    )
    const file = join(folder, 'quotes.ndjson')
    writeFileSync(file, `${lines.join('\n')}\n`)
    execFileSync(process.execPath, [PROGRAM, 'start', '--drain'], {
      env: { ...env, SOURCE: 'replay', REPLAY_FILE: file },
    })
    return () => removeFolder(folder)
  })

  const commands = ['sql "SELECT * FROM stocks"', 'tables', 'verify', 'verify --json', 'history stocks', '--help']

  test.each(commands)('%s ends quietly when nobody reads its output', async (command) => {
    const shell = startShell(`${codeOf(`sleep 0.3; $TICKERLAKE ${command}`)} | true`, env)
    await endedWell(shell, performance.now())
    expect(shell.stderr).toEqual(['ended with 0'])
  })

  test.each(commands)('%s says that its output cannot be written', async (command) => {
    const shell = startShell(`${codeOf(`$TICKERLAKE ${command}`)} > /dev/full`, env)
    await shell.waitForLine(/^ended with 1$/)
    expect(shell.stderr).toHaveLength(2)
    expect(shell.stderr[0]).toMatch(/^tickerlake: stdout cannot be written \(ENOSPC/)
  })

  test('a service whose data cannot be written says that, too, and that it ends in good order', async () => {
    const copy = `copy stocks ${join(temporaryFolder(), 'stocks')} --follow --json`
    const shell = startShell(`${codeOf(`$TICKERLAKE ${copy}`)} > /dev/full`, { ...env, LOG_LEVEL: 'error' })
    await shell.waitForLine(/^ended with 1$/, END_MAX_MS)
    expect(shell.stderr[0]).toMatch(/^tickerlake: stdout cannot be written \(ENOSPC.*\); ending in good order$/)
  })

  test('data waits for its reader, and none is dropped', async () => {
    const sql = "SELECT repeat('x', 1000) AS t FROM stocks"
    const shell = startShell(`$TICKERLAKE sql --format csv "${sql}" | { sleep 3; wc -c; }`, env)
    await shell.ended
    expect(Number(shell.stdout[0])).toBe('t\r\n'.length + 3000 * 1002)
  }, 120_000)

  test('a query whose output nobody reads any more ends at a signal', async () => {
    const query = `$TICKERLAKE sql "SELECT repeat('x', 1000) FROM stocks"`
    const shell = startShell(`{ ${query} & echo "pid $!" >&2; wait $!; echo "code $?" >&2; } | sleep 30`, env)
    const pid = Number((await shell.waitForLine(/^pid \d+/)).slice(4))
    await new Promise((resolve) => setTimeout(resolve, 3000))
    process.kill(pid, 'SIGTERM')
    await shell.waitForLine(/^code \d+/, END_MAX_MS)
  }, 120_000)
})

test('a console that cannot be written ends a service in good order, and is named once', async () => {
  const env = { ...LIVE, DATA_DIR: temporaryFolder() }
  const shell = startShell(`${codeOf('$TICKERLAKE start')} > /dev/full`, env)
  expect(await endedWell(shell, performance.now())).toBeLessThan(END_MAX_MS + 5_000)
  expect(shell.stderr.filter((line) => /stdout cannot be written \(ENOSPC/.test(line))).toHaveLength(1)
  expect(shell.stderr).toHaveLength(2)
}, 120_000)

test('stderr that is closed is ignored', async () => {
  const env = { ...LIVE, DATA_DIR: temporaryFolder() }
  const shell = startShell('$TICKERLAKE start 2>&- & echo "pid $!"; wait $!; echo "code $?"', env)
  const pid = Number((await shell.waitForLine(/^pid \d+/)).slice(4))
  await shell.waitForLine(/^Sent: /)
  process.kill(pid, 'SIGTERM')
  await shell.waitForLine(/^code 0/, END_MAX_MS)
}, 120_000)

test('a service goes on while nobody reads its output, and ends when told to', async () => {
  const env = { ...LIVE, DATA_DIR: temporaryFolder(), SIMULATOR_RATE: '2000', SIMULATOR_BACKLOG_MS: '0' }
  const shell = startShell('{ $TICKERLAKE start & echo "pid $!" >&2; wait $!; echo "code $?" >&2; } | sleep 60', env)
  const pid = Number((await shell.waitForLine(/^pid \d+/)).slice(4))
  const count = async () => Number((await sqlRows('SELECT count(*) AS n FROM stocks', env))[0]?.n)
  await expect.poll(count, { timeout: 30_000 }).toBeGreaterThan(0)
  const before = await count()
  await expect.poll(count, { timeout: 20_000 }).toBeGreaterThan(before)
  process.kill(pid, 'SIGTERM')
  await shell.waitForLine(/^code 0/, END_MAX_MS)
}, 120_000)
