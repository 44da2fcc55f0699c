// The promise: whatever happens to a table, vacuum takes no file of a version that was current within the retention,
// and leaves no orphan that is older. Held over random histories of appends, rewrites, crashes, checkpoints and log
// cleanups.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { writeCheckpoint } from '#delta/checkpoint'
import { commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { cleanLog } from '#delta/log_cleanup'
import { commitRewrite } from '#delta/rewrite_commit'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { executeVacuum, planVacuum } from '#delta/vacuum'
import { openMemoryStore } from '#object-store/memory_store'
import { virtualClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { tableVersion } from '#runtime/units'
import { quotesTable, rowsFile, testContext } from '#support/delta/delta_table'

const HOUR = 3_600_000
const RETENTION_MS = 168 * HOUR

type Step = 'append' | 'rewrite' | 'crash' | 'checkpoint' | 'cleanLog' | 'vacuum' | { readonly hours: number }

const step = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Step>('append', 'rewrite', 'vacuum') },
  { weight: 1, arbitrary: fc.constantFrom<Step>('crash', 'checkpoint', 'cleanLog') },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 400 }).map((hours): Step => ({ hours })) },
)

class History {
  readonly clock = virtualClock(Date.UTC(2026, 0, 1))
  readonly store = openMemoryStore(this.clock)
  readonly context = testContext('h', this.clock)
  /** When each version was committed. */
  readonly committedAt: number[] = []
  #files = 0

  async begin(): Promise<void> {
    await createTable(this.store, quotesTable, this.context)
    this.committedAt.push(this.clock.now())
  }

  async take(next: Step): Promise<void> {
    if (typeof next === 'object') return this.clock.advance(next.hours * HOUR)
    const snapshot = await loadSnapshot(this.store)
    if (snapshot === undefined) throw new Error('there is a table')
    if (next === 'append') await this.#append(snapshot)
    else if (next === 'rewrite') await this.#rewrite(snapshot)
    else if (next === 'crash') await this.#put()
    else if (next === 'checkpoint') await writeCheckpoint(this.store, snapshot, this.context)
    else if (next === 'cleanLog') await cleanLog(this.store, snapshot, this.context)
    else await this.#vacuum()
  }

  async #put() {
    const file = rowsFile('app', this.#files, ++this.#files)
    await this.store.put(file.path, new Uint8Array(5))
    return { ...file, size: 5, modificationTime: this.clock.now() }
  }

  async #append(snapshot: Snapshot): Promise<void> {
    const append = { files: [await this.#put()], txns: [], operation: 'WRITE' }
    expect((await commitAppend(this.store, snapshot, append, this.context)).kind).toBe('committed')
    this.committedAt.push(this.clock.now())
  }

  async #rewrite(snapshot: Snapshot): Promise<void> {
    if (snapshot.files.size === 0) return
    const files = [{ ...(await this.#put()), dataChange: false }]
    const rewrite = { replaced: [...snapshot.files.values()], files }
    expect((await commitRewrite(this.store, snapshot, rewrite, this.context)).kind).toBe('committed')
    this.committedAt.push(this.clock.now())
  }

  async #vacuum(): Promise<void> {
    const now = this.clock.now()
    const plan = await planVacuum(this.store, { now, retentionMs: RETENTION_MS })
    if (plan === undefined) throw new Error('there is a table')
    await executeVacuum(this.store, plan)
    const kept = new Map<string, number>()
    for await (const { key, modified } of this.store.list('date=')) kept.set(key, modified)
    const named = new Set<string>()
    for (const [version] of this.committedAt.entries()) {
      // A version is current until the next one is committed.
      if ((this.committedAt[version + 1] ?? now) < now - RETENTION_MS) continue
      const snapshot = await this.#readable(version)
      for (const path of snapshot?.files.keys() ?? []) {
        expect([...kept.keys()]).toContain(path)
        named.add(path)
      }
    }
    for (const [key, modified] of kept) if (modified < now - RETENTION_MS) expect([...named]).toContain(key)
  }

  /** Undefined when the log was cleaned up to a later version. */
  async #readable(version: number): Promise<Snapshot | undefined> {
    try {
      return await loadSnapshot(this.store, { version: tableVersion(version) })
    } catch (error) {
      if (error instanceof PlatformError && error.code === 'TABLE_NOT_FOUND') return undefined
      throw error
    }
  }
}

test('every version within the retention keeps its files, and what no such version names goes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const history = new History()
      await history.begin()
      for (const next of [...steps, 'vacuum' as const]) await history.take(next)
    }),
    { numRuns: 200 },
  )
}, 120_000)
