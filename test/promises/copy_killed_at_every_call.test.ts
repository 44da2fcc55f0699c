// The promise: whenever a copier dies, a reader of its target finds a whole table at some version of the source, and
// the next copier brings it to the newest. Here the copier dies at each of its calls of either store, before or after
// the call's effect, while the source goes on: appends, compaction, checkpoints, a cleaned log and vacuum.

import { expect, test } from 'vitest'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { testContext } from '#support/delta/delta_table'
import { type LivingTable, makeLivingTable } from '#support/delta/living_table'
import { type Life, mortal } from '#support/stores/mortal_store'
import { copy, requireSameLog, SMALL_LIMITS, wholeVersion } from '#support/table-copy/copies'
import type { CopyLimits } from '#table-copy/limits'

/** A source and its target as a pass finds them. */
interface Places {
  readonly table: LivingTable
  readonly target: ObjectStore
}

/** What happens to the source while a pass runs, one after the other. */
type Meanwhile = readonly ((table: LivingTable) => Promise<void>)[]

/** More calls than a pass has: one that still dies then never ends. */
const CALLS_MAX = 400
/** The source has its next moment before so many calls of its store. */
const CALLS_BETWEEN = 4

const append = (table: LivingTable) => table.append(2)
const compact = (table: LivingTable) => table.compact()
const checkpoint = (table: LivingTable) => table.checkpoint()
const evolve = (table: LivingTable) => table.evolve()
const age = (table: LivingTable) => table.days(40)
const clean = (table: LivingTable) => table.clean()
const vacuum = (table: LivingTable) => table.vacuum()

async function live(table: LivingTable, moments: Meanwhile): Promise<void> {
  for (const moment of moments) await moment(table)
}

/** A first life that leaves five versions, of which a checkpoint has four. */
const YOUTH: Meanwhile = [append, append, compact, checkpoint, append]

const SITUATIONS: Readonly<
  Record<
    string,
    { readonly prepare: (places: Places) => Promise<void>; readonly meanwhile: Meanwhile; readonly limits?: CopyLimits }
  >
> = {
  'an empty target': { prepare: ({ table }) => live(table, YOUTH), meanwhile: [] },
  'a checkpoint that travels in parts': {
    prepare: ({ table }) => live(table, YOUTH),
    meanwhile: [append, checkpoint, compact, checkpoint],
    limits: { ...SMALL_LIMITS, partBytes: 700, wholeBytesMax: 700 },
  },
  'a target that is behind': {
    async prepare({ table, target }) {
      await live(table, [append])
      await copy(table.store, target)
      await live(table, [...YOUTH, evolve, append])
    },
    meanwhile: [],
  },
  'a cleaned log': { prepare: ({ table }) => live(table, [...YOUTH, age, clean, append, compact]), meanwhile: [] },
  'a target that is behind a cleaned log': {
    async prepare({ table, target }) {
      await live(table, [append, append])
      await copy(table.store, target)
      await live(table, [...YOUTH, age, clean, vacuum, append])
    },
    meanwhile: [],
  },
  'a source that goes on': {
    prepare: ({ table }) => live(table, YOUTH),
    meanwhile: [append, checkpoint, compact, append, evolve, checkpoint, append],
  },
  'a source that is cleaned and vacuumed meanwhile': {
    prepare: ({ table }) => live(table, YOUTH),
    meanwhile: [append, compact, checkpoint, age, clean, vacuum, append, compact, checkpoint, age, clean, vacuum],
  },
}

/** The store of a source that has its next moment every few calls. */
function lively(table: LivingTable, meanwhile: Meanwhile): ObjectStore {
  const { store } = table
  const coming = [...meanwhile]
  let calls = 0
  let last: Promise<void> = Promise.resolve()
  const after = async <T>(call: () => Promise<T>): Promise<T> => {
    const moment = ++calls % CALLS_BETWEEN === 0 ? coming.shift() : undefined
    if (moment !== undefined) last = last.then(() => moment(table))
    await last
    return call()
  }
  return {
    ...store,
    get: (key) => after(() => store.get(key)),
    sizeOf: (key) => after(() => store.sizeOf(key)),
    getRange: (key, range) => after(() => store.getRange(key, range)),
    async *list(prefix, startAfter) {
      await after(async () => undefined)
      yield* store.list(prefix, startAfter)
    },
  }
}

/** What the source does before the next copier comes. */
const BETWEEN: Meanwhile = [async () => {}, append, compact, checkpoint, age, clean, vacuum]

/** A pass that dies, and then one that does not; whether the first one died. */
async function dieAndGoOn(situation: string, life: Life): Promise<boolean> {
  const at = `${situation}, ${life.after ? 'after' : 'before'} call ${life.calls}`
  const { prepare, meanwhile, limits = SMALL_LIMITS } = SITUATIONS[situation] ?? {}
  const context = testContext('life')
  const table = await makeLivingTable(openMemoryStore(context.clock), context)
  const target = openMemoryStore(context.clock)
  await prepare?.({ table, target })
  const before = (await wholeVersion(table, target)) ?? -1
  const between = BETWEEN[life.calls % BETWEEN.length]
  const source = mortal(lively(table, meanwhile ?? []), life)
  const died = await copy(source, mortal(target, life), { limits }).then(
    () => false,
    (error: unknown) => {
      if (life.calls > 0) throw new Error(`${at}: the pass failed by itself`, { cause: error })
      return true
    },
  )
  const left = (await wholeVersion(table, target)) ?? -1
  expect(left, at).toBeGreaterThanOrEqual(before)
  await between?.(table)
  // Without a checkpoint a vacuumed source has no whole version to begin at.
  if (between === vacuum) await table.checkpoint()
  await copy(table.store, target, { limits })
  expect(await wholeVersion(table, target), at).toBe(table.version)
  await requireSameLog(table.store, target)
  expect(await copy(table.store, target), at).toMatchObject({ entries: 0, files: 0, checkpoints: 0 })
  return died
}

test.each(Object.keys(SITUATIONS))(
  'with %s',
  async (situation) => {
    let deaths = 0
    for (const after of [false, true]) {
      let call = 1
      while (call <= CALLS_MAX && (await dieAndGoOn(situation, { calls: call, after }))) {
        deaths++
        call++
      }
      expect(call).toBeLessThan(CALLS_MAX)
    }
    expect(deaths).toBeGreaterThan(60)
  },
  300_000,
)
