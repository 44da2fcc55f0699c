// A lake as the platform writes it: the whole pipeline over a recording, by the command line.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { startTickerlake } from '#support/start_tickerlake'
import type { Recording } from './recording.ts'

/** The folder of one of the lake's tables. */
export function tablePath(folder: string, table: string): string {
  return join(folder, 'lake', 'bronze', table)
}

/** Sends the recording through the pipeline whose data is in the folder; commits as many rows at a time. */
export async function drain(
  folder: string,
  { lines }: Recording,
  flushRows: number,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const file = join(folder, 'recording.ndjson')
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])))
  const settings = { DATA_DIR: folder, SOURCE: 'replay', REPLAY_FILE: file, FLUSH_ROWS: String(flushRows) }
  const drained = startTickerlake(['start', '--drain'], { ...settings, LOG_LEVEL: 'error', ...more })
  expect(await drained.ended, drained.stderr.join('\n')).toEqual({ code: 0, signal: null })
}

/** What our own reader makes of a table. */
export async function snapshotAt(path: string): Promise<Snapshot> {
  const snapshot = await loadSnapshot(openFilesystemStore({ root: path }))
  if (snapshot === undefined) throw new Error(`there is no table at ${path}`)
  return snapshot
}

/** Versions that have a checkpoint, ascending. */
export function checkpointsOf(path: string): number[] {
  const names = readdirSync(logOf(path)).filter((name) => /^\d{20}\.checkpoint\./.test(name))
  return [...new Set(names.map(versionOf))].sort((a, b) => a - b)
}

/** Removes what a checkpoint of the version stands for, as engines do after the retention. */
export function forgetEntries(path: string, version: number): void {
  const log = logOf(path)
  const old = readdirSync(log).filter((name) => /^\d{20}\./.test(name) && versionOf(name) < version)
  expect(old.length).toBeGreaterThan(10)
  for (const name of old) rmSync(join(log, name))
}

const logOf = (path: string) => join(path, '_delta_log')
const versionOf = (name: string) => Number(name.slice(0, 20))
