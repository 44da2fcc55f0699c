// `tickerlake vacuum`.

import { existsSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { vacuumCommand } from '#services/cli/commands/tables/vacuum'
import { type CommandCall, runCommand } from '#support/command_context'
import { appendFiles } from '#support/delta/small_files'
import { leftByKilledProcess } from '#support/stores/left_files'
import { temporaryFolder } from '#support/temporary_folder'

const HOUR_S = 3600

const vacuum = (folder: string, values: CommandCall['values'] = {}) =>
  runCommand(vacuumCommand, { env: {}, positionals: [folder], values })

/** A table with a live file, and an orphan of an age. */
async function tableWithOrphan(ageHours: number) {
  const folder = temporaryFolder()
  const store = openFilesystemStore({ root: folder })
  await appendFiles(store, [[{ big: '1' }]], { name: 'w' })
  const orphan = 'part=null/orphan.parquet'
  await store.put(orphan, new Uint8Array(1234))
  const written = systemClock.now() / 1000 - ageHours * HOUR_S
  utimesSync(store.localPath(orphan), written, written)
  return { folder, isThere: async () => (await store.get(orphan)) !== undefined }
}

test('says what it would delete, and deletes nothing', async () => {
  const { folder, isThere } = await tableWithOrphan(169)
  const { stdout } = await vacuum(folder)
  expect(stdout.split('\n').slice(-4)).toEqual([
    expect.stringContaining('1 file, 1,234 bytes can be deleted; 1 file stays'),
    '  part=null/orphan.parquet',
    'nothing was deleted; run again with --delete to delete them',
    '',
  ])
  expect(await isThere()).toBe(true)
})

test('lists the first paths, counts the others, and gives all as JSON', async () => {
  const { folder } = await tableWithOrphan(169)
  const store = openFilesystemStore({ root: folder })
  for (let i = 0; i < 24; i++) {
    const key = `part=null/orphan-${i}.parquet`
    await store.put(key, new Uint8Array(1))
    utimesSync(store.localPath(key), 0, 0)
  }
  const { stdout } = await vacuum(folder)
  expect(stdout.match(/^ {2}part=null/gm)).toHaveLength(20)
  expect(stdout).toContain('\n  and 5 more files; --json lists all of them\nnothing was deleted; run again')
  expect(JSON.parse((await vacuum(folder, { json: true })).stdout)[0].files).toHaveLength(25)
})

test('says nothing of --delete when there is nothing to delete', async () => {
  const { folder } = await tableWithOrphan(1)
  expect((await vacuum(folder)).stdout).toMatch(/0 files, 0 bytes can be deleted; 2 files stay\n$/)
})

test('with --delete it deletes', async () => {
  const { folder, isThere } = await tableWithOrphan(169)
  const [result] = JSON.parse((await vacuum(folder, { delete: true, json: true })).stdout)
  expect(result).toMatchObject({ dryRun: false, deleted: 1, keptFiles: 1, bytes: 1234, version: 1 })
  expect(result.files).toEqual([expect.objectContaining({ key: 'part=null/orphan.parquet', size: 1234 })])
  expect(await isThere()).toBe(false)
})

test('with --delete it removes what a killed process left in the folder long ago', async () => {
  const { folder } = await tableWithOrphan(1)
  const left = leftByKilledProcess(join(folder, '_delta_log'))
  expect((await vacuum(folder)).stdout).not.toContain('unfinished')
  expect(existsSync(left)).toBe(true)
  expect((await vacuum(folder, { delete: true })).stdout).toContain('; 2 files stay; 1 unfinished file deleted\n')
  expect(existsSync(left)).toBe(false)
  expect(JSON.parse((await vacuum(folder, { delete: true, json: true })).stdout)[0]).toMatchObject({ unfinished: 0 })
})

test('what is younger than the retention stays', async () => {
  const { folder, isThere } = await tableWithOrphan(200)
  expect((await vacuum(folder, { delete: true, retention: '201' })).stdout).toMatch(/0 files, 0 bytes found/)
  expect(await isThere()).toBe(true)
  await vacuum(folder, { delete: true, retention: '199' })
  expect(await isThere()).toBe(false)
})

test('a retention below a week needs --force', async () => {
  const { folder, isThere } = await tableWithOrphan(2)
  const short = { delete: true, retention: '1' }
  await expect(vacuum(folder, short)).rejects.toThrow(expect.objectContaining({ code: 'USAGE' }))
  expect(await isThere()).toBe(true)
  await vacuum(folder, { ...short, force: true })
  expect(await isThere()).toBe(false)
})

test.each(['', 'soon', '-1', 'NaN', '1e9'])('a retention of %j is refused', async (retention) => {
  const { folder } = await tableWithOrphan(1)
  await expect(vacuum(folder, { retention })).rejects.toThrow(/--retention takes hours from 0/)
})

test('a place without a table is refused', async () => {
  await expect(vacuum(temporaryFolder())).rejects.toThrow(expect.objectContaining({ code: 'TABLE_NOT_FOUND' }))
})
