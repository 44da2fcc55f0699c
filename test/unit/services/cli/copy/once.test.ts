// `tickerlake copy --all` as one call: leases are waited for together, and what became of the tables is told in their
// order, whichever ends first.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { within } from '#object-store/object_store'
import { virtualClock } from '#runtime/clock'
import { type Logger, silentLogger } from '#runtime/logger'
import { SECOND_MS } from '#runtime/units'
import { copyCommand } from '#services/cli/commands/tables/copy'
import { runCommand } from '#support/command_context'
import { leftByKilledProcess } from '#support/stores/left_files'
import { METADATA, PLAIN, putForeign } from '#support/table-copy/foreign_log'
import { temporaryFolder } from '#support/temporary_folder'
import { LEASE_KEY } from '#table-copy/lease'

const TABLES = ['a', 'b', 'c', 'd', 'e', 'f']

async function lakeOf(versions: Readonly<Record<string, number>>) {
  const [root, target] = [join(temporaryFolder(), 'lake'), join(temporaryFolder(), 'copied')]
  const lake = openFilesystemStore({ root })
  for (const [name, count] of Object.entries(versions)) {
    const store = within(lake, name)
    await putForeign(store, 0, [PLAIN, METADATA])
    for (let version = 1; version < count; version++) await putForeign(store, version, [{ commitInfo: {} }])
  }
  return { root, target }
}

test('the leases of a dead copier are watched beside each other, not table after table', async () => {
  const { root, target } = await lakeOf(Object.fromEntries(TABLES.map((name) => [name, 1])))
  const dead = JSON.stringify({ id: 'dead', host: 'elsewhere', processId: 1, beat: 1 })
  for (const name of TABLES) await openFilesystemStore({ root: target }).put(`${name}/${LEASE_KEY}`, Buffer.from(dead))
  const clock = virtualClock(0)
  const said: unknown[] = []
  const logger = { ...silentLogger, info: (text: unknown) => void said.push(text) } as Logger
  const call = { env: {}, positionals: [root, target], values: { all: true }, clock, logger }
  let isDone = false
  const run = runCommand(copyCommand, call).finally(() => {
    isDone = true
  })
  // All of them, before any time has passed.
  await expect.poll(() => said.filter((text) => /waiting to see/.test(`${text}`)), { timeout: 30_000 }).toHaveLength(6)
  expect(clock.now()).toBe(0)
  while (!isDone) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    await clock.advance(SECOND_MS)
  }
  const { stdout } = await run
  expect(stdout.match(/version 0: 1 commit/g)).toHaveLength(TABLES.length)
})

test('results are told in the order of the tables, whichever ends first', async () => {
  const { root, target } = await lakeOf({ a: 60, b: 1, c: 20, d: 1, e: 1, f: 1 })
  const call = { env: {}, positionals: [root, target], values: { all: true, json: true } }
  const { stdout } = await runCommand(copyCommand, call)
  const told = JSON.parse(stdout) as { table: string; to: number }[]
  expect(told.map(({ table, to }) => [table, to])).toEqual([
    ['a', 59],
    ['b', 0],
    ['c', 19],
    ['d', 0],
    ['e', 0],
    ['f', 0],
  ])
})

test('what a killed copier left in the target long ago is removed', async () => {
  const { root, target } = await lakeOf({ a: 2 })
  const call = { env: {}, positionals: [root, target], values: { all: true } }
  await runCommand(copyCommand, call)
  const left = leftByKilledProcess(join(target, 'a', '_delta_log'))
  await runCommand(copyCommand, { ...call, values: { all: true, verify: true } })
  expect(existsSync(left)).toBe(true)
  await runCommand(copyCommand, call)
  expect(existsSync(left)).toBe(false)
})
