// Answers of the stores that go wrong: lost, late, cut short, refused. What a pass makes of its target is the same.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openMemoryStore } from '#object-store/memory_store'
import { PlatformError } from '#runtime/errors'
import { testContext } from '#support/delta/delta_table'
import { makeLivingTable } from '#support/delta/living_table'
import { type FaultScript, faultyStore, type GetFault, type PutFault } from '#support/stores/faulty_store'
import { copy, textsOf, wholeVersion } from '#support/table-copy/copies'
import { COPY_RETRY_POLICY } from '#table-copy/limits'

async function stage() {
  const context = testContext('life')
  const table = await makeLivingTable(openMemoryStore(context.clock), context)
  await table.append(3)
  await table.append(1)
  await table.checkpoint()
  await table.append(2)
  return { table, target: openMemoryStore(context.clock) }
}

/** Faults in turn for keys that match; then all is well. */
function inTurn(faults: { put?: PutFault[]; get?: GetFault[] }, keys: RegExp): FaultScript {
  return {
    put: (key) => (keys.test(key) && faults.put?.shift()) || 'none',
    get: (key) => (keys.test(key) && faults.get?.shift()) || 'none',
    deliverLate: () => true,
  }
}

const ENTRY = /_delta_log\/\d+\.json$/
const FILE = /\.parquet$/

describe.each([
  ['an entry', ENTRY],
  ['a file', FILE],
])('%s comes to the target', (_what, keys) => {
  test.each<[string, PutFault[], GetFault[]]>([
    ['when the answer was lost after it was written', ['lost_after'], []],
    ['when the request was lost', ['lost_before'], []],
    ['when its own content is reported as existing', ['own_exists'], []],
    ['late, behind its own second try', ['late'], []],
    ['when reading back fails', ['lost_after'], ['error', 'error']],
    ['when reading back ends early', ['lost_after'], ['cut', 'cut']],
    ['after many losses', ['lost_before', 'lost_before', 'lost_after', 'own_exists'], ['cut', 'error']],
  ])('%s', async (_how, put, get) => {
    const { table, target } = await stage()
    const faulty = faultyStore(target, inTurn({ put, get }, keys))
    await copy(table.store, faulty)
    await faulty.deliverAll()
    expect(await textsOf(target)).toEqual(await textsOf(table.store))
  })
})

test.each<GetFault>(['error', 'cut'])('a file whose reading fails (%s) is read again', async (fault) => {
  const { table, target } = await stage()
  await copy(faultyStore(table.store, inTurn({ get: [fault, 'none', fault] }, FILE)), target)
  expect(await textsOf(target)).toEqual(await textsOf(table.store))
})

test('a store that refuses ends the pass with its own error, and the next pass goes on', async () => {
  const { table, target } = await stage()
  const refusing = faultyStore(target, { put: (key) => (key.includes('0002.json') ? 'refused' : 'none') })
  await expect(copy(table.store, refusing)).rejects.toMatchObject({ code: 'STORE_AUTH_FAILED' })
  expect(await wholeVersion(table, target)).toBe(1)
  await copy(table.store, target)
  expect(await wholeVersion(table, target)).toBe(3)
})

test('a store that stays away is asked often, and then the pass ends with its error', async () => {
  const { table, target } = await stage()
  let asked = 0
  const away = faultyStore(target, {
    put: (key) => {
      if (!ENTRY.test(key)) return 'none'
      asked++
      return 'lost_before'
    },
  })
  await expect(copy(table.store, away)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', retryable: true })
  expect(asked).toBe(COPY_RETRY_POLICY.attemptsMax)
})

test('whatever goes wrong with the answers, the target is whole and becomes the same', async () => {
  const putFault = fc.constantFrom<PutFault>('none', 'none', 'lost_before', 'lost_after', 'late', 'own_exists')
  const getFault = fc.constantFrom<GetFault>('none', 'none', 'error', 'cut')
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(putFault), fc.infiniteStream(getFault), fc.nat(60), async (puts, gets, calm) => {
      const { table, target } = await stage()
      let left = calm
      const faulty = faultyStore(target, {
        put: () => (left-- > 0 ? (puts.next().value ?? 'none') : 'none'),
        get: () => (left-- > 0 ? (gets.next().value ?? 'none') : 'none'),
        deliverLate: () => left % 3 === 0,
      })
      const outcome = await copy(table.store, faulty).catch((error: unknown) => error)
      expect(outcome instanceof PlatformError ? outcome.retryable : outcome).toBeTruthy()
      await wholeVersion(table, target)
      await faulty.deliverAll()
      await copy(table.store, target)
      expect(await textsOf(target)).toEqual(await textsOf(table.store))
    }),
    { numRuns: 60 },
  )
})
