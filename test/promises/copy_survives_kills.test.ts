// The promise: a copier that is killed (kill -9) at any call of either store leaves a whole table at some version of
// the source, and the next one brings it to the newest. The copiers are real processes between real stores, and the
// source goes on beside them: appends, compaction, checkpoints, a cleaned log and vacuum.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ObjectStore } from '#object-store/object_store'
import { createStoreRoot, openObjectStore, type StoreSettings } from '#object-store/open'
import { systemClock } from '#runtime/clock'
import { DAY_MS, type EpochMs } from '#runtime/units'
import { testContext } from '#support/delta/delta_table'
import { type LivingTable, makeLivingTable } from '#support/delta/living_table'
import { describeWithStores, uniqueName } from '#support/services/services'
import type { Death } from '#support/stores/killing_store'
import { requireSameLog, wholeVersion } from '#support/table-copy/copies'
import type { KilledCopier } from '#support/table-copy/killed_copier'
import { temporaryFolder } from '#support/temporary_folder'
import { copyTable } from '#table-copy/copy_table'

const PROGRAM = join(import.meta.dirname, '../support/table-copy/killed_copier.ts')
/** Processes at a time. */
const PROCESSES = 3
/** More calls than a pass has: a process that still dies then never ends. */
const CALLS_MAX = 300
/** A pass whose source went on has more calls than another one; so many must live before all have been killed. */
const LIVES = 3
const WAYS = ['before', 'during', 'after'] as const
/** Every other call, since a process takes long to start; copy_killed_at_every_call.test.ts has all of them. */
const STEP = process.env.TEST_KILLS === 'full' ? 1 : 2

/** What the source does again and again; a checkpoint follows each compaction, so that vacuum leaves a beginning. */
const MOMENTS: readonly ((table: LivingTable) => Promise<void>)[] = [
  (table) => table.append(3),
  (table) => table.append(),
  (table) => table.compact(),
  (table) => table.checkpoint(),
  (table) => table.append(2),
  (table) => table.clean(),
  (table) => table.vacuum(),
  (table) => table.append(),
]

/** Where tables are copied from and to. */
interface Route {
  readonly source: string
  readonly target: string
  readonly settings: StoreSettings
}

/** A table whose time is far ahead: what it replaced is old enough to be cleaned and vacuumed at once. */
async function tableFarAhead(store: ObjectStore): Promise<LivingTable> {
  const now = () => (systemClock.now() + 40 * DAY_MS) as EpochMs
  return makeLivingTable(store, testContext('life', { ...systemClock, now }))
}

/** The source at work: one moment after the other, each once somebody asks for it. */
class Life {
  readonly table: LivingTable
  #count = 0
  #last: Promise<void> = Promise.resolve()

  constructor(table: LivingTable) {
    this.table = table
  }

  /** The next moment; resolves when it is over, and all before it. */
  next(): Promise<void> {
    const moment = MOMENTS[this.#count++ % MOMENTS.length]
    this.#last = this.#last.then(() => moment?.(this.table))
    return this.#last
  }

  /** Resolves when all moments so far are over: only then is it known what the newest version is. */
  settled(): Promise<void> {
    return this.#last
  }
}

async function killedAtEveryCall({ source, target, settings }: Route): Promise<number> {
  const life = new Life(await tableFarAhead(await openObjectStore(`${source}/table`, settings)))
  for (let at = 0; at < MOMENTS.length; at++) await life.next()
  const targets: ObjectStore[] = []
  let [next, lives, deaths] = [1, 0, 0]
  const worker = async () => {
    while (lives < LIVES && next <= CALLS_MAX) {
      const call = next
      next += STEP
      const place = `${target}/${uniqueName('copy')}`
      const death = { call, when: WAYS[targets.length % WAYS.length] ?? 'before' }
      const work = { source: `${source}/table`, target: place, settings, ...death }
      const store = await openObjectStore(place, settings)
      targets.push(store)
      if (await dieAndGoOn(life, { work, store })) deaths++
      else lives++
    }
  }
  await Promise.all(Array.from({ length: PROCESSES }, worker))
  expect(lives).toBeGreaterThanOrEqual(LIVES)
  await Promise.all(targets.map((store) => expectEqual(life.table, store)))
  return deaths
}

/** Runs a copier to its death or its end, beside the source; whether it died. */
async function dieAndGoOn(life: Life, { work, store }: { readonly work: KilledCopier; readonly store: ObjectStore }) {
  const [died] = await Promise.all([runToDeath(work), life.next()])
  const version = (await knownVersion(life, store)) ?? -1
  await pass(life.table, store)
  expect(await knownVersion(life, store), whenOf(work)).toBeGreaterThanOrEqual(version)
  return died
}

/** The version of a target that nobody copies to. The source may have committed it for another copier's sake. */
async function knownVersion(life: Life, store: ObjectStore): Promise<number | undefined> {
  await life.settled()
  return wholeVersion(life.table, store)
}

function whenOf({ when, call }: Death): string {
  return `died ${when} call ${call}`
}

async function pass(table: LivingTable, target: ObjectStore) {
  return copyTable(table.store, target, { clock: systemClock, random: Math.random })
}

async function expectEqual(table: LivingTable, target: ObjectStore): Promise<void> {
  await pass(table, target)
  expect(await wholeVersion(table, target)).toBe(table.version)
  await requireSameLog(table.store, target)
}

function runToDeath(work: KilledCopier): Promise<boolean> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [PROGRAM, JSON.stringify(work)], (error) => {
      const killed = error?.signal === 'SIGKILL'
      if (error !== null && !killed) reject(error)
      else resolve(killed)
    })
  })
}

describeWithStores('killed at each of its calls', ({ s3, azure }) => {
  const settings: StoreSettings = { s3, azure }
  const bucket = `s3://${uniqueName('copies')}`
  const container = `abfss://${uniqueName('copies')}@${azure.account}.dfs.core.windows.net`

  test('between S3 and Azure', async () => {
    await createStoreRoot(bucket, settings)
    await createStoreRoot(container, settings)
    expect(await killedAtEveryCall({ source: bucket, target: container, settings })).toBeGreaterThan(15)
  }, 600_000)

  test('between Azure and a folder', async () => {
    await createStoreRoot(container, settings)
    const route = { source: `${container}/source`, target: temporaryFolder(), settings }
    expect(await killedAtEveryCall(route)).toBeGreaterThan(15)
  }, 600_000)
})
