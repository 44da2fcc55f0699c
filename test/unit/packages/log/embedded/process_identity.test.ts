// Whether a member's process lives.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { isProcessAlive, PROCESS_TOKEN } from '#log/embedded/process_identity'

test('knows this process by its token', () => {
  expect(isProcessAlive(process.pid, PROCESS_TOKEN)).toBe(true)
  expect(isProcessAlive(process.pid, 'the token of an earlier process')).toBe(false)
})

test('knows another process by its id, until it is gone', async () => {
  const child = spawn(process.execPath, ['--eval', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
  await once(child, 'spawn')
  const processId = child.pid ?? 0
  expect(isProcessAlive(processId, 'any')).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'close')
  expect(isProcessAlive(processId, 'any')).toBe(false)
})
