import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeUnfinished, UNFINISHED_AGE_MAX_MS } from '#object-store/unfinished_files'
import { UNFINISHED_PREFIX } from '#runtime/files/atomic_file'
import { epochMs } from '#runtime/units'
import { temporaryFolder } from '#support/temporary_folder'

const NOW = epochMs(Math.floor(performance.timeOrigin) + 2 * UNFINISHED_AGE_MAX_MS)

/** A process that has ended. */
const dead = spawnSync(process.execPath, ['-e', '']).pid

function file(folder: string, name: string, ageMs: number): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name)
  writeFileSync(path, 'x')
  const seconds = (NOW - ageMs) / 1_000
  utimesSync(path, seconds, seconds)
  return path
}

test('old files of processes that have ended are removed, wherever they lie; all others stay', async () => {
  const root = temporaryFolder()
  const old = UNFINISHED_AGE_MAX_MS + 1_000
  const gone = [
    file(root, `${UNFINISHED_PREFIX}${dead}-0`, old),
    file(join(root, 'stocks', '_delta_log'), `${UNFINISHED_PREFIX}${dead}-7`, old),
    // Of another container, whose process had our number before we began.
    file(join(root, 'stocks', 'date=2026-01-01'), `${UNFINISHED_PREFIX}${process.pid}-7`, NOW - 1_000),
  ]
  const kept = [
    file(root, `${UNFINISHED_PREFIX}${dead}-1`, UNFINISHED_AGE_MAX_MS - 1_000),
    file(root, `${UNFINISHED_PREFIX}${process.ppid}-0`, old),
    file(root, `${UNFINISHED_PREFIX}${process.pid}-1`, old),
    file(root, 'part-0.parquet', old),
    file(join(root, 'stocks', '_delta_log'), '00000000000000000000.json', old),
  ]
  expect(await removeUnfinished(root, NOW)).toBe(gone.length)
  expect(gone.filter((path) => existsSync(path))).toEqual([])
  expect(kept.filter((path) => !existsSync(path))).toEqual([])
  expect(await removeUnfinished(root, NOW)).toBe(0)
})

test('a folder that is not there holds none', async () => {
  expect(await removeUnfinished(join(temporaryFolder(), 'nothing'), NOW)).toBe(0)
})
