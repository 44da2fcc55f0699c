// The promise: a process that is killed (kill -9) at any step of what it does to a table loses nothing that it
// acknowledged, leaves nothing twice and no log that cannot be read, and whoever comes next goes on. The process is a
// real one; it dies at each of its calls of the store, call by call, until it lives through them all.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readHistory } from '#delta/history'
import { listLog } from '#delta/log/listing'
import { loadSnapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'
import { openObjectStore, type StoreSettings } from '#object-store/open'
import { tableVersion } from '#runtime/units'
import type { KilledProcess } from '#support/delta/killed_process'
import { liveThrough, progressOf, ROWS_AT_END, rowsIn } from '#support/delta/table_life'
import { describeWithAzure, describeWithS3, uniqueName } from '#support/services/services'
import type { Death } from '#support/stores/killing_store'
import { NO_REMOTE, type RemoteStore, remoteAzure, remoteS3 } from '#support/stores/remote_store'
import { NO_FAULT, startStoreProxy } from '#support/stores/store_proxy'
import { temporaryFolder } from '#support/temporary_folder'

const PROGRAM = join(import.meta.dirname, '../support/delta/killed_process.ts')
/** Processes at a time. */
const PROCESSES = 4
/** More calls than a life has: a process that still dies then never ends. */
const CALLS_MAX = 200

/** A place for a table. */
interface Place extends Pick<KilledProcess, 'url' | 'settings'> {
  /** How one process that is to die reaches it, and what to wait for once it is dead. */
  reached(): Promise<{ readonly settings: StoreSettings; settled(): Promise<void> }>
}

/** Runs the process to its death or its end, and then asks the table whether all is well. */
async function dieAndGoOn(place: Place, death: Death): Promise<'died' | 'lived'> {
  const { killed, acknowledged, stderr } = await runToDeath(place, death)
  const store = await openObjectStore(place.url, place.settings)
  const died = killed ? 'died' : 'lived'
  const at = `${died} ${death.when} call ${death.call}: ${stderr}`
  const rows = await expectWhole(store, at)
  expect(rows, at).toBeGreaterThanOrEqual(acknowledged)
  if (!killed) expect(rows, at).toBe(ROWS_AT_END)
  await liveThrough(store)
  expect(await expectWhole(store, at), at).toBe(ROWS_AT_END)
  return died
}

/** How many rows the table has: each of them once, and as many as its txn says. */
async function expectWhole(store: ObjectStore, at: string): Promise<number> {
  const snapshot = await loadSnapshot(store)
  if (snapshot === undefined) return 0
  const rows = progressOf(snapshot) ?? 0
  expect(await rowsIn(store, snapshot), at).toEqual(Array.from({ length: rows }, (_, row) => row))
  const history = (await readHistory(store)).map((entry) => Number(entry.version)).reverse()
  const oldest = (await oldestCheckpoint(store)) ?? 0
  const versions = Array.from({ length: snapshot.version - oldest + 1 }, (_, i) => oldest + i)
  // What a cleanup that was cut short has left before its checkpoint is nobody's any more.
  expect(
    history.filter((version) => version >= oldest),
    at,
  ).toEqual(versions)
  for (const version of new Set([oldest, snapshot.version])) {
    expect((await loadSnapshot(store, { version: tableVersion(version) }))?.version, at).toBe(version)
  }
  return rows
}

/** The version of the oldest checkpoint, once the log before it was begun to be cleaned. */
async function oldestCheckpoint(store: ObjectStore): Promise<number | undefined> {
  const { commits, checkpoints } = await listLog(store, tableVersion(0))
  const isCleaned = commits.some(({ version }, index) => version !== index)
  return isCleaned ? checkpoints[0]?.version : undefined
}

/** What the process did is done when this resolves: a store elsewhere has answered its last request too. */
async function runToDeath(place: Place, death: Death) {
  const { settings, settled } = await place.reached()
  const work: KilledProcess = { url: place.url, settings, ...death }
  const ended = await new Promise<{ killed: boolean; acknowledged: number; stderr: string }>((resolve, reject) => {
    execFile(process.execPath, [PROGRAM, JSON.stringify(work)], (error, stdout, stderr) => {
      const killed = error?.signal === 'SIGKILL'
      if (error !== null && !killed) reject(error)
      else resolve({ killed, acknowledged: Number(stdout.trim().split('\n').at(-1) ?? 0), stderr })
    })
  })
  await settled()
  return ended
}

/** Dies at every call, each time with a table of its own; returns how often, and fails when it never lived. */
async function dieEverywhere(newPlace: () => Place, ways: (call: number) => readonly KilledProcess['when'][]) {
  let [next, lived, deaths] = [1, false, 0]
  const worker = async () => {
    while (!lived && next <= CALLS_MAX) {
      const call = next++
      for (const when of ways(call)) {
        if ((await dieAndGoOn(newPlace(), { call, when })) === 'died') deaths++
        else lived = true
      }
    }
  }
  await Promise.all(Array.from({ length: PROCESSES }, worker))
  expect(lived).toBe(true)
  return deaths
}

test('in a folder: killed during every call, and before or after it', async () => {
  const folder = temporaryFolder()
  // Its calls die with it.
  const reached = async () => ({ settings: NO_REMOTE, settled: async () => {} })
  const newPlace = () => ({ url: join(folder, uniqueName('table')), settings: NO_REMOTE, reached })
  const ways = (call: number) => ['during', call % 2 === 0 ? 'before' : 'after'] as const
  expect(await dieEverywhere(newPlace, ways)).toBeGreaterThan(60)
}, 600_000)

/** A store goes on with a request whose sender has died; the proxy knows when it has. */
async function throughProxy({ endpoint, settingsAt }: RemoteStore) {
  const proxy = await startStoreProxy({ target: endpoint, errors: {}, script: () => NO_FAULT })
  return { settings: settingsAt(proxy.endpoint), settled: proxy.settled }
}

/** One call of so many: a process there takes long to start. */
function killedElsewhere(remote: RemoteStore, { every, deathsMin }: { every: number; deathsMin: number }): void {
  test(`killed at one of ${every} calls, in turn during and after it`, async () => {
    const root = await remote.newRoot('killed')
    const { settings } = remote
    const newPlace = () => ({ url: `${root}/${uniqueName('table')}`, settings, reached: () => throughProxy(remote) })
    const ways = (call: number): KilledProcess['when'][] => {
      if (call % every !== 1) return []
      return [Math.floor(call / every) % 2 === 0 ? 'during' : 'after']
    }
    expect(await dieEverywhere(newPlace, ways)).toBeGreaterThan(deathsMin)
  }, 600_000)
}

describeWithS3('on S3', (s3) => killedElsewhere(remoteS3(s3), { every: 2, deathsMin: 15 }))

describeWithAzure('on Azure', (azure) => killedElsewhere(remoteAzure(azure), { every: 4, deathsMin: 7 }))
