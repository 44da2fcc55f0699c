// However a service is started, its Node has the same limits: by npm, as a program (npx), in the image.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROGRAM, startShell } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const FLAGS = ['--max-http-header-size=65536', '--max-semi-space-size=8']
const ARENAS = 'MALLOC_ARENA_MAX=1'

const read = (file: string) => readFileSync(join(PROGRAM, '../..', file), 'utf8')

test('npm, the program itself and the image give Node the same flags', () => {
  expect(JSON.parse(read('package.json')).scripts.start).toBe(`node ${FLAGS.join(' ')} bin/tickerlake.js start`)
  expect(read('bin/tickerlake.js').split('\n')[0]).toBe(`#!/usr/bin/env -S ${ARENAS} node ${FLAGS.join(' ')}`)
  expect(read('infra/Dockerfile')).toContain(`NODE_OPTIONS="${FLAGS.join(' ')}"`)
  expect(read('infra/Dockerfile')).toContain(ARENAS)
})

test.runIf(existsSync('/proc/self/stat'))('a service that is run as a program has them', async () => {
  const service = startShell(`exec ${PROGRAM} start`, { DATA_DIR: temporaryFolder() })
  await service.waitForLine(/^Sent: /)
  // Under an older Node there are two: the launcher, and the Node that it hands over to.
  const children = readFileSync(`/proc/${service.pid}/task/${service.pid}/children`, 'utf8').trim().split(' ')
  const commands = [service.pid, ...children.filter((pid) => pid !== '')].map((pid) => wordsOf(pid))
  const ours = commands.filter((words) => words.includes(PROGRAM))
  expect(ours.length).toBeGreaterThan(0)
  for (const words of ours) expect(words).toEqual(expect.arrayContaining(FLAGS))
  expect(readFileSync(`/proc/${service.pid}/environ`, 'utf8').split('\0')).toContain(ARENAS)
  await service.stop()
})

function wordsOf(pid: number | string): string[] {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
}
