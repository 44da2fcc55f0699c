// Compiled code is kept beside the packages, so that the next start is quick; where it cannot be kept, all goes on.

import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startProgram } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const ROOT = join(import.meta.dirname, '../..')

/** An installation of its own, with nothing in its cache. */
function newInstallation(): string {
  const folder = temporaryFolder()
  for (const name of ['bin', 'packages', 'services', 'sql', 'package.json']) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true })
  }
  mkdirSync(join(folder, 'node_modules'))
  for (const name of readdirSync(join(ROOT, 'node_modules')).filter((each) => each !== '.cache')) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  }
  return folder
}

async function run(installation: string, args: readonly string[]) {
  const env = { DATA_DIR: join(installation, 'data') }
  const process = startProgram([join(installation, 'bin', 'tickerlake.js'), ...args], env)
  const { code } = await process.ended
  return { code, stdout: process.stdout, stderr: process.stderr }
}

/** What is kept: ours with their types taken off, as text, before the machine's code. */
function kept(installation: string): readonly string[] {
  const folder = join(installation, 'node_modules', '.cache', 'tickerlake')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
}

test('the code of a command and of the process that runs its SQL is kept', { timeout: 120_000 }, async () => {
  const installation = newInstallation()
  expect(await run(installation, ['sql', '--json', 'SELECT 1 AS one'])).toMatchObject({ code: 0, stderr: [] })
  const texts = kept(installation)
  expect(texts.some((text) => text.includes('async function runCommand('))).toBe(true)
  expect(texts.some((text) => text.includes('function serveQueries('))).toBe(true)
  // What is kept runs as well as what was read.
  expect(await run(installation, ['sql', '--json', 'SELECT 1 AS one'])).toMatchObject({ code: 0, stderr: [] })
})

test('a change of the code is seen', { timeout: 120_000 }, async () => {
  const installation = newInstallation()
  const file = join(installation, 'services', 'cli', 'help.ts')
  expect((await run(installation, ['--help'])).stdout.join()).not.toContain('changed')
  writeFileSync(file, readFileSync(file, 'utf8').replace('Usage: tickerlake <command>', 'changed'))
  expect((await run(installation, ['--help'])).stdout.join()).toContain('changed')
})

test('a folder that cannot be made stands in the way of nothing', { timeout: 120_000 }, async () => {
  const installation = newInstallation()
  writeFileSync(join(installation, 'node_modules', '.cache'), '')
  expect(await run(installation, ['sql', '--json', 'SELECT 1 AS one'])).toMatchObject({ code: 0, stderr: [] })
})
