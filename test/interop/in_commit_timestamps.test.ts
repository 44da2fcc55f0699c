// In-commit timestamps, ours and Spark's: whoever turned them on, both write them on, and both find the same version
// for a time, whatever the files say of time. delta-rs reads such tables; what it refuses stands here, so that we see
// when it learns.

import { readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type HistoryEntry, readHistory } from '#delta/history'
import { loadSnapshot } from '#delta/snapshot'
import { inCommitTimestampsSince } from '#delta/upgrade'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { epochMs } from '#runtime/units'
import { loggedTimes } from '#support/delta/timed_table'
import { startTickerlake } from '#support/start_tickerlake'
import { newFolder, removeFolder, temporaryFolder } from '#support/temporary_folder'
import { expectSameRows } from './agreement.ts'
import { describeWithEngines, type Engines } from './engines.ts'
import { foreignRows } from './foreign_rows.ts'
import { drain, snapshotAt, tablePath } from './lake.ts'
import { recording } from './recording.ts'

const HOUR_MS = 3_600_000
const PROTOCOL = [1, 7]

const storeAt = (path: string) => openFilesystemStore({ root: path })

/** Turns them on as a user does. */
async function upgrade(folder: string, table: string): Promise<void> {
  const command = startTickerlake(['upgrade', table, '--in-commit-timestamps'], { DATA_DIR: folder })
  command.input('')
  expect(await command.ended, command.stderr.join('\n')).toEqual({ code: 0, signal: null })
}

/** Gives every log file the time that the caller says for its version. */
function touchLog(path: string, time: (version: number) => number): void {
  const log = join(path, '_delta_log')
  for (const name of readdirSync(log).filter((each) => /^\d{20}\./.test(each))) {
    // In the middle of the millisecond, so that no rounding of seconds moves it into another.
    const seconds = (time(Number(name.slice(0, 20))) + 0.5) / 1_000
    utimesSync(join(log, name), seconds, seconds)
  }
}

async function ourHistory(path: string): Promise<readonly HistoryEntry[]> {
  return (await readHistory(storeAt(path))).reverse()
}

async function ourVersionAt(path: string, time: number): Promise<number | 'none'> {
  const snapshot = await loadSnapshot(storeAt(path), { asOf: epochMs(time) }).catch((error) => {
    expect(error).toMatchObject({ code: 'TABLE_NOT_FOUND' })
  })
  return snapshot === undefined ? 'none' : Number(snapshot.version)
}

/** Spark and we find the same version for every time around every version of the history from one on. */
async function expectSameTravel(path: string, { spark }: Engines, from: number): Promise<void> {
  const history = (await ourHistory(path)).slice(from)
  const times = history.flatMap(({ timestamp }) => [timestamp - 1, timestamp, timestamp + 1])
  const wanted = from === 0 ? times : times.slice(1)
  for (const time of wanted) {
    const theirs = await spark.versionAt(path, time).catch((error: Error) => {
      expect(error.message).toContain('before the earliest version')
      return 'none'
    })
    expect([time, await ourVersionAt(path, time)]).toEqual([time, theirs])
  }
}

/** From a version on, both tell the same times, which are those of the log. */
async function expectSameTimes(path: string, { spark }: Engines, since: number): Promise<void> {
  const logged = await loggedTimes(storeAt(path))
  const theirs = new Map((await spark.history(path)).map(({ version, timestamp }) => [version, timestamp]))
  const ours = await ourHistory(path)
  expect(ours).toHaveLength(logged.length)
  for (const { version, timestamp } of ours) {
    if (version < since) expect(logged[version]).toBeNull()
    else expect([version, logged[version], theirs.get(version)]).toEqual([version, timestamp, timestamp])
  }
  const times = logged.slice(since).map(Number)
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
}

describeWithEngines('in-commit timestamps', (engines) => {
  // The tests of this table build on each other.
  const folder = newFolder()
  afterAll(() => removeFolder(folder))
  const path = tablePath(folder, 'stocks')

  test('that we turned on are read by all, and written on by Spark and by us', async () => {
    await drain(folder, recording(0, 400), 100)
    await upgrade(folder, 'stocks')
    const since = Number(inCommitTimestampsSince(await snapshotAt(path)))
    expect(since).toBeGreaterThan(3)
    await expectSameRows(engines(), path)
    await engines().spark.append(path, foreignRows(engines().spark, 0))
    await drain(folder, recording(400, 800), 100)
    await expectSameRows(engines(), path)
    for (const engine of [engines().deltaRs, engines().spark]) expect(await engine.protocol(path)).toEqual(PROTOCOL)
    await expectSameTimes(path, engines(), since)
  })

  test('are the time of a version, whatever the files say', async () => {
    const history = await ourHistory(path)
    const since = Number(inCommitTimestampsSince(await snapshotAt(path)))
    const newest = history.at(-1)?.timestamp ?? 0
    for (const time of [
      (version: number) => newest + HOUR_MS - version * 10_000,
      () => newest - 1_000 * HOUR_MS,
      () => newest + HOUR_MS,
    ]) {
      touchLog(path, time)
      await expectSameTimes(path, engines(), since)
      await expectSameTravel(path, engines(), since)
      expect(await ourHistory(path)).toEqual(history)
    }
  })

  // For those Spark goes by the files, and we by what the commit says: here they say the same.
  test('and before them Spark and we agree as far as files and commits do', async () => {
    const history = await ourHistory(path)
    touchLog(path, (version) => history[version]?.timestamp ?? 0)
    await expectSameTravel(path, engines(), 0)
  })

  test('that Spark turned on are written on by us, and agreed on', async () => {
    const theirs = temporaryFolder()
    const stocks = tablePath(theirs, 'stocks')
    await drain(theirs, recording(0, 200), 50)
    await engines().spark.run(
      `ALTER TABLE delta.\`${stocks}\` SET TBLPROPERTIES ('delta.enableInCommitTimestamps' = 'true')`,
    )
    const since = Number(inCommitTimestampsSince(await snapshotAt(stocks)))
    expect(since).toBeGreaterThan(2)
    await drain(theirs, recording(200, 400), 50)
    await engines().spark.append(stocks, foreignRows(engines().spark, 1))
    await drain(theirs, recording(400, 500), 50)
    await expectSameRows(engines(), stocks)
    touchLog(stocks, (version) => Date.now() - version * HOUR_MS)
    await expectSameTimes(stocks, engines(), since)
    await expectSameTravel(stocks, engines(), since)
  })

  test('that a table has from version 0 on are found by both', async () => {
    const { path: made } = await newTimedLake()
    touchLog(made, () => Date.now() + HOUR_MS)
    await engines().spark.append(made, foreignRows(engines().spark, 0))
    await expectSameRows(engines(), made)
    await expectSameTimes(made, engines(), 0)
    await expectSameTravel(made, engines(), 0)
  })

  test('keep delta-rs 1.6 from appending, and from nothing that reads', async () => {
    const { deltaRs } = engines()
    const before = await snapshotAt(path)
    await expect(deltaRs.append(path, foreignRows(deltaRs, 0))).rejects.toThrow(/inCommitTimestamp/i)
    expect((await snapshotAt(path)).version).toBe(before.version)
    expect((await deltaRs.history(path)).map(({ version }) => version)[0]).toBe(Number(before.version))
  })
})

async function newTimedLake() {
  const folder = temporaryFolder()
  await drain(folder, recording(0, 200), 50, { IN_COMMIT_TIMESTAMPS: 'true' })
  return { folder, path: tablePath(folder, 'stocks') }
}
