// Signals as they really come: from a terminal to the whole group, through npm, through the launcher under an older
// Node, or to nobody because the launcher was killed. One Ctrl+C ends in good order, whichever way and however often it
// arrives.

import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { STALL_MIN_MS } from '#runtime/stall_watch'
import { PROGRAM, type RunningTickerlake, startShell, startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const END_MAX_MS = 10_000
const root = join(PROGRAM, '../..')
const live = () => ({ DATA_DIR: temporaryFolder(), FLUSH_INTERVAL_MS: '500' })

/** A Node of this machine that does not run TypeScript, so that the launcher hands over. */
const olderNode = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find(isOlderNode)

function isOlderNode(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return Number(execFileSync(path, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' })) < 24
  } catch {
    return false
  }
}

/** What the terminal does on Ctrl+C: all of the group that `shell` leads. */
function interruptGroup(shell: RunningTickerlake): void {
  process.kill(-shell.pid, 'SIGINT')
}

test('a terminal that hangs up ends a service in good order', async () => {
  const service = startTickerlake(['start'], live())
  await service.waitForLine(/^Sent: /)
  expect(await service.stop('SIGHUP')).toEqual({ code: 0, signal: null })
  expect(service.stdout.join('\n')).toMatch(/stopped in good order/)
})

test('a second signal ends at once', async () => {
  const service = startTickerlake(['start'], live())
  await service.waitForLine(/^Sent: /)
  // Stopped, it gets both at once when it goes on: the first has no time to end it.
  for (const signal of ['SIGSTOP', 'SIGINT', 'SIGTERM', 'SIGCONT'] as const) process.kill(service.pid, signal)
  expect(await service.ended).toEqual({ code: 130, signal: null })
})

test('a process that was held up says so, and for how long', async () => {
  const service = startTickerlake(['start'], live())
  await service.waitForLine(/^Sent: /)
  process.kill(service.pid, 'SIGSTOP')
  await new Promise((resolve) => setTimeout(resolve, STALL_MIN_MS + 1_500))
  process.kill(service.pid, 'SIGCONT')
  const line = await service.waitForLine(/tickerlake start was held up for \d+\.\d s/)
  expect(Number(/for (\d+\.\d) s/.exec(line)?.[1]) * 1000).toBeGreaterThanOrEqual(STALL_MIN_MS)
  expect(await service.stop()).toEqual({ code: 0, signal: null })
})

test('npm start ends in good order at Ctrl+C, though npm passes its own signal on', async () => {
  const shell = startShell(`trap : INT; cd ${root} && npm start; echo "code $?"`, live())
  await shell.waitForLine(/^Sent: /)
  interruptGroup(shell)
  await shell.waitForLine(/stopped in good order/, END_MAX_MS)
  await shell.waitForLine(/^code /)
})

describe.skipIf(olderNode === undefined)('through the launcher under an older Node', () => {
  const line = `${olderNode} ${PROGRAM} start & echo "pid $!"; wait $!; echo "code $?"`
  const started = async () => {
    const shell = startShell(line, live())
    const pid = Number((await shell.waitForLine(/^pid \d+/)).slice(4))
    await shell.waitForLine(/^Sent: /)
    return { shell, pid }
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s to it alone ends in good order', async (signal) => {
    const { shell, pid } = await started()
    process.kill(pid, signal)
    await shell.waitForLine(/stopped in good order/, END_MAX_MS)
    await shell.waitForLine(/^code 0/)
  })

  test('a signal to both is one', async () => {
    const { shell } = await started()
    interruptGroup(shell)
    await shell.waitForLine(/stopped in good order/, END_MAX_MS)
  })

  test('when it is killed, the service ends in good order', async () => {
    const { shell, pid } = await started()
    process.kill(pid, 'SIGKILL')
    await shell.waitForLine(/stopped in good order/, END_MAX_MS)
    await shell.ended
  })

  test('its exit code is that of the command', async () => {
    const shell = startShell(`${olderNode} ${PROGRAM} frobnicate; echo "code $?"`, {})
    await shell.waitForLine(/^code 2/)
  })
})
