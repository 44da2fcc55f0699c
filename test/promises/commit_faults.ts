// What must hold of commits on a store that is reached over HTTP, whatever happens to their requests: a batch is
// committed once or not at all, and its writer knows. A real store behind a proxy that loses, delays, cuts and
// falsifies; the table is read past the proxy. Called by the test of each kind of store.

import { expect, test } from 'vitest'
import { commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { commitKey } from '#delta/log/listing'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'
import { type Clock, systemClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { tableVersion } from '#runtime/units'
import { advanceOf, coveredRanges, quotesTable, rowsFile, testContext } from '#support/delta/delta_table'
import { uniqueName } from '#support/services/services'
import {
  type ErrorNames,
  NO_FAULT,
  type StoreFault,
  type StoreProxy,
  type StoreScript,
  startStoreProxy,
} from '#support/stores/store_proxy'

const COMMITS = 4
const ROWS = 10

/** Waits are cut short, so that a test does not take as long as a patient writer. */
const impatient: Clock = { now: systemClock.now, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 20), signal) }

/** The store under test. */
export interface FaultyPlace {
  /** Where it is reached, past the proxy. */
  readonly endpoint: string
  readonly errors: ErrorNames
  /** Opens the table's folder of that name, past the proxy or through one, then with a short time for each request. */
  open(folder: string, proxy?: string): Promise<ObjectStore>
}

/** What happens to the first PUT of every entry. */
const PUT_FAULTS: readonly (readonly [name: string, fault: StoreFault])[] = [
  ['a 500 before it is written', { forward: 'no', answer: 500 }],
  ['a 500 after it was written', { forward: 'yes', answer: 500 }],
  ['a 503 before it is written', { forward: 'no', answer: 503 }],
  ['a 503 after it was written', { forward: 'yes', answer: 503 }],
  ['a timeout before it is written', { forward: 'no', answer: 'none' }],
  ['a timeout after it was written', { forward: 'yes', answer: 'none' }],
  ['a reset before it is written', { forward: 'no', answer: 'reset' }],
  ['a reset after it was written', { forward: 'yes', answer: 'reset' }],
  ['an answer that is cut short', { forward: 'yes', answer: 'half' }],
  ['a 409 and nothing was written', { forward: 'no', answer: 409 }],
  ['a 409 and it was written', { forward: 'yes', answer: 409 }],
  ['a 412 with our own content', { forward: 'yes', answer: 412 }],
  ['a 412 with nothing there', { forward: 'no', answer: 412 }],
]

/** The promise, test by test. `place` is asked once a test runs. */
export function commitFaults(place: () => FaultyPlace): void {
  faultsOfWrites(place)
  lateWrites(place)
  otherWriters(place)
  faultsOfReads(place)
  randomFaults(place)
}

function faultsOfWrites(place: () => FaultyPlace): void {
  test.each(PUT_FAULTS)('commits once through %s', async (_name, fault) => {
    const stage = await newStage(place(), onFirstPut(fault))
    const outcomes = await appendAll(stage.faulty, stage.snapshot, 'a')
    expect(outcomes).toEqual(Array(COMMITS).fill('committed'))
    expect(stage.proxy.faults()).toBe(COMMITS)
    await expectCommitted(stage.direct, ['a'])
  })
}

function lateWrites(place: () => FaultyPlace): void {
  test.each([
    ['no answer', 'none'],
    ['a reset', 'reset'],
    ['a 500', 500],
  ] as const)('commits once though its first PUT arrives after the commit (%s)', async (_name, answer) => {
    const stage = await newStage(place(), onFirstPut({ forward: 'later', answer }))
    await appendAll(stage.faulty, stage.snapshot, 'a')
    const before = await stage.direct.get(commitKey(tableVersion(1)))
    await stage.proxy.deliverHeld()
    expect(await stage.direct.get(commitKey(tableVersion(1)))).toEqual(before)
    await expectCommitted(stage.direct, ['a'])
  })

  test('commits once though its first PUT arrives between its retries', async () => {
    const seen = new Map<string, number>()
    const script: StoreScript = async ({ method, path }) => {
      if (method !== 'PUT') return NO_FAULT
      const tries = (seen.get(path) ?? 0) + 1
      seen.set(path, tries)
      if (tries === 1) return { forward: 'later', answer: 'reset' }
      if (tries === 2) return { forward: 'no', answer: 503 }
      await stage.proxy.deliverHeld()
      return NO_FAULT
    }
    const stage = await newStage(place(), script)
    await appendAll(stage.faulty, stage.snapshot, 'a')
    await expectCommitted(stage.direct, ['a'])
  })
}

function otherWriters(place: () => FaultyPlace): void {
  test.each([
    ['the store refuses it', NO_FAULT],
    ['its answer is lost', { forward: 'yes', answer: 'none' }],
    ['a 500 hides the refusal', { forward: 'yes', answer: 500 }],
    ['a 409 says so', { forward: 'yes', answer: 409 }],
    ['it is lost on its way', { forward: 'no', answer: 'reset' }],
  ] as readonly (readonly [string, StoreFault])[])(
    'moves on when another took its version and %s',
    async (_name, fault) => {
      const others = new Map<string, Promise<unknown>>()
      // The proxy may see a version that is already taken; the other takes the next one anyhow.
      const takeVersion = async (from: number) => {
        const snapshot = (await loadSnapshot(stage.direct)) as Snapshot
        await append(stage.direct, { snapshot, appId: 'b', from, context: stage.context })
      }
      const script: StoreScript = async ({ method, path }) => {
        if (method !== 'PUT') return NO_FAULT
        const isAgain = others.has(path)
        if (!isAgain && others.size >= COMMITS) return NO_FAULT
        expect(path).toMatch(/_delta_log/)
        if (!isAgain) others.set(path, takeVersion(others.size * ROWS))
        // Our writer may lose patience meanwhile and ask again: the other took that version once.
        await others.get(path)
        return isAgain ? NO_FAULT : fault
      }
      const stage = await newStage(place(), script)
      await appendAll(stage.faulty, stage.snapshot, 'a')
      expect(others.size).toBe(COMMITS)
      await expectCommitted(stage.direct, ['a', 'b'])
    },
  )

  test('is fenced, not doubled, when another writer took both the version and the batch', async () => {
    let overtaking: Promise<unknown> | undefined
    const overtake = () =>
      append(stage.direct, {
        snapshot: stage.snapshot,
        appId: 'a',
        from: 0,
        context: testContext('other', impatient),
      })
    const script: StoreScript = async ({ method }) => {
      if (method !== 'PUT') return NO_FAULT
      const isAgain = overtaking !== undefined
      overtaking ??= overtake()
      await overtaking
      return isAgain ? NO_FAULT : { forward: 'yes', answer: 503 }
    }
    const stage = await newStage(place(), script)
    expect((await append(stage.faulty, { ...stage, appId: 'a', from: 0 })).kind).toBe('fenced')
    await expectCommitted(stage.direct, ['a'], 1)
  })
}

function faultsOfReads(place: () => FaultyPlace): void {
  test.each([
    ['cut short', { forward: 'yes', answer: 'half' }],
    ['a 500', { forward: 'no', answer: 500 }],
    ['reset', { forward: 'yes', answer: 'reset' }],
  ] as readonly (readonly [string, StoreFault])[])('commits once when the reading back is %s', async (_name, fault) => {
    const seen = new Set<string>()
    // The retrying client reads three times by itself, so a whole round of it fails.
    const gets = new Map<string, number>()
    const script: StoreScript = ({ method, path }) => {
      if (method === 'PUT' && !seen.has(path)) {
        seen.add(path)
        return { forward: 'yes', answer: 503 }
      }
      if (method !== 'GET' || !path.includes('.json')) return NO_FAULT
      gets.set(path, (gets.get(path) ?? 0) + 1)
      return (gets.get(path) ?? 0) <= 4 ? fault : NO_FAULT
    }
    const stage = await newStage(place(), script)
    await appendAll(stage.faulty, stage.snapshot, 'a')
    expect(stage.proxy.faults()).toBeGreaterThan(2 * COMMITS)
    await expectCommitted(stage.direct, ['a'])
  })
}

function randomFaults(place: () => FaultyPlace): void {
  test.each([1, 2, 3])('by four writers at once, under random faults, is committed once (seed %i)', async (seed) => {
    const { random } = testContext(`faults-${seed}`)
    const script: StoreScript = async ({ method, path }) => {
      if (random() < 0.2) await stage.proxy.deliverHeld()
      if (random() < 0.6) return NO_FAULT
      if (method === 'GET') return random() < 0.5 ? { forward: 'yes', answer: 'half' } : { forward: 'no', answer: 500 }
      if (method !== 'PUT' || !path.includes('_delta_log')) return NO_FAULT
      if (random() < 0.2) return { forward: 'later', answer: 'reset' }
      return PUT_FAULTS[Math.floor(random() * PUT_FAULTS.length)]?.[1] ?? NO_FAULT
    }
    const stage = await newStage(place(), script)
    const appIds = ['a', 'b', 'c', 'd']
    await Promise.all(appIds.map((appId) => writeStubbornly(stage, appId)))
    await stage.proxy.deliverHeld()
    expect(stage.proxy.faults()).toBeGreaterThan(10)
    await expectCommitted(stage.direct, appIds)
  })
}

interface Stage {
  /** Through the proxy. */
  readonly faulty: ObjectStore
  /** Past it. */
  readonly direct: ObjectStore
  readonly proxy: StoreProxy
  /** At version 0. */
  readonly snapshot: Snapshot
  readonly context: ReturnType<typeof testContext>
}

async function newStage(place: FaultyPlace, script: StoreScript): Promise<Stage> {
  const proxy = await startStoreProxy({ target: place.endpoint, errors: place.errors, script })
  const folder = uniqueName('table')
  const direct = await place.open(folder)
  const faulty = await place.open(folder, proxy.endpoint)
  const context = testContext(folder, impatient)
  return { faulty, direct, proxy, snapshot: await createTable(direct, quotesTable, context), context }
}

function onFirstPut(fault: StoreFault): StoreScript {
  const seen = new Set<string>()
  return ({ method, path }) => {
    if (method !== 'PUT' || seen.has(path)) return NO_FAULT
    seen.add(path)
    return fault
  }
}

interface Batch {
  readonly snapshot: Snapshot
  readonly appId: string
  readonly from: number
  readonly context: ReturnType<typeof testContext>
}

function append(store: ObjectStore, { snapshot, appId, from, context }: Batch) {
  const files = [rowsFile(appId, from, from + ROWS, context.newId().replaceAll(/[^a-z0-9]/g, '_'))]
  const txns = [advanceOf(appId, from === 0 ? null : from, from + ROWS)]
  return commitAppend(store, snapshot, { files, txns, operation: 'WRITE' }, context)
}

async function appendAll(store: ObjectStore, first: Snapshot, appId: string): Promise<readonly string[]> {
  const context = testContext(`writer-${appId}`, impatient)
  const kinds: string[] = []
  let snapshot = first
  for (let i = 0; i < COMMITS; i++) {
    const outcome = await append(store, { snapshot, appId, from: i * ROWS, context })
    kinds.push(outcome.kind)
    snapshot = outcome.snapshot
  }
  return kinds
}

/** A writer that begins again from what the table says whenever a commit is unresolved or the store fails. */
async function writeStubbornly({ faulty, direct }: Stage, appId: string): Promise<void> {
  const context = testContext(`stubborn-${appId}`, impatient)
  for (let at = 0; at < COMMITS * ROWS; ) {
    const snapshot = (await loadSnapshot(direct)) as Snapshot
    at = Number(snapshot.txns.get(appId)?.version ?? 0)
    if (at >= COMMITS * ROWS) return
    try {
      await append(faulty, { snapshot, appId, from: at, context })
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error
    }
  }
}

/** Every batch once, versions without a gap, and progress at the end of it. */
async function expectCommitted(direct: ObjectStore, appIds: readonly string[], commits = COMMITS): Promise<void> {
  const snapshot = (await loadSnapshot(direct)) as Snapshot
  expect(snapshot.version).toBe(commits * appIds.length)
  for (const appId of appIds) {
    expect(coveredRanges(snapshot.files.keys(), appId)).toEqual([[0, commits * ROWS]])
    expect(snapshot.txns.get(appId)?.version).toBe(commits * ROWS)
  }
  expect(snapshot.files.size).toBe(commits * appIds.length)
}
