// Checkpoints beside the commits: due ones are written, nothing waits for them, and their failure is a warning.

import { expect, test } from 'vitest'
import { type CommitContext, commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'
import { silentLogger } from '#runtime/logger'
import { Checkpointer } from '#services/writer/maintenance/checkpointer'
import { advanceOf, quotesTable, rowsFile, testContext } from '#support/delta/delta_table'
import { tinyStore } from '#support/stores/tiny_store'

async function tableOf(configuration: Record<string, string>) {
  const store = tinyStore()
  const context = testContext()
  let snapshot = await createTable(store, { ...quotesTable, configuration }, context)
  const append = async (): Promise<Snapshot> => {
    const at = snapshot.version
    const append = {
      files: [rowsFile('app', at, at + 1)],
      txns: [advanceOf('app', at || null, at + 1)],
      operation: 'W',
    }
    const outcome = await commitAppend(store, snapshot, append, context)
    expect(outcome.kind).toBe('committed')
    snapshot = outcome.snapshot
    return snapshot
  }
  return { store, context, append }
}

const checkpointsIn = (store: { readonly objects: Map<string, Uint8Array> }) =>
  [...store.objects.keys()].flatMap((key) => (key.endsWith('.checkpoint.parquet') ? [Number(key.slice(11, 31))] : []))

test('one is written every so many commits, whichever process comes to it', async () => {
  const { store, context, append } = await tableOf({ 'delta.checkpointInterval': '4' })
  const writers = [new Checkpointer({ store, context }), new Checkpointer({ store, context })]
  for (let commit = 0; commit < 13; commit++) {
    const writer = writers[commit % 2] as Checkpointer
    writer.afterCommit(await append())
    await writer.settle()
  }
  expect(checkpointsIn(store)).toEqual([4, 8, 12])
})

test('commits since the last one are counted once it is known which that is', async () => {
  const { store, context, append } = await tableOf({ 'delta.checkpointInterval': '4' })
  const writer = new Checkpointer({ store, context })
  let snapshot = await append()
  expect(writer.commitsSince(snapshot)).toBe(1)
  for (let commit = 0; commit < 5; commit++) {
    snapshot = await append()
    writer.afterCommit(snapshot)
    await writer.settle()
  }
  expect(writer.commitsSince(snapshot)).toBe(2)
  const newcomer = new Checkpointer({ store, context })
  expect(newcomer.commitsSince(snapshot)).toBeNull()
  newcomer.afterCommit(snapshot)
  await newcomer.settle()
  expect(newcomer.commitsSince(snapshot)).toBe(2)
})

test('commits go on while one is being written, and one that was missed comes with a later commit', async () => {
  const { store, context, append } = await tableOf({ 'delta.checkpointInterval': '4' })
  let release: () => void = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const slow: ObjectStore = { ...store, put: (key, body) => gate.then(() => store.put(key, body)) }
  const checkpointer = new Checkpointer({ store: slow, context })
  for (let commit = 0; commit < 11; commit++) checkpointer.afterCommit(await append())
  expect(checkpointsIn(store)).toEqual([])
  release()
  await checkpointer.settle()
  checkpointer.afterCommit(await append())
  await checkpointer.settle()
  expect(checkpointsIn(store)).toEqual([4, 12])
})

test('a failure is a warning, and is tried again some commits later', async () => {
  const { store, context, append } = await tableOf({ 'delta.checkpointInterval': '2' })
  const warnings: unknown[] = []
  const logger = { ...silentLogger, warn: (...words: unknown[]) => warnings.push(words) }
  let failures = 1
  const failing: ObjectStore = {
    ...store,
    put: (key, body) => (failures-- > 0 ? Promise.reject(new Error('the bucket is full')) : store.put(key, body)),
  }
  const failingContext = { ...context, logger } as unknown as CommitContext
  const checkpointer = new Checkpointer({ store: failing, context: failingContext })
  for (let commit = 0; commit < 13; commit++) {
    checkpointer.afterCommit(await append())
    await checkpointer.settle()
  }
  expect(warnings).toHaveLength(1)
  expect(JSON.stringify(warnings)).toContain('the bucket is full')
  expect(checkpointsIn(store)).toEqual([12])
  expect((await loadSnapshot(store))?.files.size).toBe(13)
})
