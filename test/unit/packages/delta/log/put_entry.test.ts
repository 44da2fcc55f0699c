import { describe, expect, test } from 'vitest'
import { PUT_RETRY_POLICY } from '#delta/limits'
import { encodeLogEntry } from '#delta/log/entry'
import { commitKey } from '#delta/log/listing'
import { putLogEntry } from '#delta/log/put_entry'
import { filesystemError } from '#object-store/filesystem/errors'
import { tableVersion } from '#runtime/units'
import { entry, rowsFile, steppingClock, testContext } from '#support/delta/delta_table'
import { type FaultScript, faultyStore, type GetFault, type PutFault } from '#support/stores/faulty_store'
import { tinyStore } from '#support/stores/tiny_store'

const version = tableVersion(4)
const ours = encodeLogEntry([{ commitInfo: { txnId: 'ours' } }, { add: rowsFile('a', 0, 5) }])
const foreign = entry({ commitInfo: { txnId: 'theirs' } }, { add: rowsFile('b', 0, 5) })
const newEntry = { version, bytes: ours, txnId: 'ours' }

/** A store with these faults in turn, that counts what is written to which version. */
function stage(faults: { put?: PutFault[]; get?: GetFault[] } & Pick<FaultScript, 'deliverLate'>, there?: Uint8Array) {
  const inner = tinyStore()
  if (there !== undefined) inner.objects.set(commitKey(version), there)
  const written: Uint8Array[] = []
  const faulty = faultyStore(inner, {
    put: () => faults.put?.shift() ?? 'none',
    get: () => faults.get?.shift() ?? 'none',
    deliverLate: faults.deliverLate ?? (() => false),
  })
  const store = {
    ...faulty,
    putIfAbsent: (key: string, body: Uint8Array) => {
      expect(key).toBe(commitKey(version))
      written.push(body)
      return faulty.putIfAbsent(key, body)
    },
  }
  return { store, written, stored: () => inner.objects.get(commitKey(version)) }
}

describe('an entry is committed', () => {
  test.each<[string, PutFault[], GetFault[]]>([
    ['at once', [], []],
    ['when the answer was lost after it was written', ['lost_after'], []],
    ['when the request was lost', ['lost_before'], []],
    ['when its own content is reported as existing', ['own_exists'], []],
    ['when reading back fails, too', ['lost_after', 'lost_before'], ['error', 'error']],
    ['when reading back ends early', ['lost_after'], ['cut']],
    [
      'after many losses',
      ['lost_before', 'lost_before', 'lost_before', 'lost_after'],
      ['none', 'error', 'none', 'cut'],
    ],
    ['late, behind its own second try', ['late'], []],
    ['after a refusal that came while it was in doubt', ['lost_before', 'refused'], []],
  ])('%s', async (_what, put, get) => {
    const { store, written, stored } = stage({ put, get })
    expect(await putLogEntry(store, newEntry, testContext())).toBe('committed')
    await store.deliverAll()
    expect(stored()).toEqual(ours)
    for (const bytes of written) expect(bytes).toEqual(ours)
  })

  test('late, before its second try', async () => {
    const { store, stored } = stage({ put: ['late'], deliverLate: () => true })
    expect(await putLogEntry(store, newEntry, testContext())).toBe('committed')
    expect(stored()).toEqual(ours)
  })
})

describe('a version is taken', () => {
  test.each<[string, PutFault[], GetFault[]]>([
    ['plainly', [], []],
    ['when the answer is lost', ['lost_before', 'lost_after'], ['none']],
    ['when reading it fails first', [], ['error', 'cut', 'none']],
  ])('%s', async (_what, put, get) => {
    const { store, stored } = stage({ put, get }, foreign)
    expect(await putLogEntry(store, newEntry, testContext())).toBe('taken')
    expect(stored()).toEqual(foreign)
  })

  test('by a commit without an id, or one with actions that we cannot read', async () => {
    for (const there of [entry({ add: rowsFile('b', 0, 5) }), entry({ add: { path: 'x', deletionVector: {} } })]) {
      expect(await putLogEntry(stage({}, there).store, newEntry, testContext())).toBe('taken')
    }
  })
})

describe('an entry stays unresolved', () => {
  const unresolved = expect.objectContaining({
    code: 'COMMIT_UNRESOLVED',
    message: expect.stringMatching(/version 4 .*ours/),
  })

  test('when the store never answers: bounded attempts, one version, the same bytes', async () => {
    const { store, written } = stage({ put: Array(99).fill('lost_before'), get: Array(99).fill('error') })
    await expect(putLogEntry(store, newEntry, testContext())).rejects.toThrow(unresolved)
    expect(written).toHaveLength(PUT_RETRY_POLICY.attemptsMax)
  })

  test('when the time is over', async () => {
    const clock = steppingClock()
    const { store, written } = stage({ put: Array(99).fill('lost_before') })
    await expect(putLogEntry(store, { ...newEntry, deadline: clock.now() }, testContext('x', clock))).rejects.toThrow(
      unresolved,
    )
    expect(written).toHaveLength(1)
  })

  test('when the entry that is there is empty, and stays so', async () => {
    const { store, stored } = stage({}, new Uint8Array())
    const advice = expect.objectContaining({ message: expect.stringMatching(/is empty.*delete the file/) })
    await expect(putLogEntry(store, newEntry, testContext())).rejects.toThrow(advice)
    expect(stored()).toHaveLength(0)
  })

  test('when the run is aborted, after it was looked for once', async () => {
    const { store, written } = stage({ put: Array(99).fill('lost_before') })
    const context = { ...testContext(), signal: AbortSignal.abort() }
    await expect(putLogEntry(store, newEntry, context)).rejects.toThrow(unresolved)
    expect(written).toHaveLength(1)
  })
})

test.each(['EACCES', 'EPERM', 'EROFS'])('a folder that refuses to be written (%s) is no doubt', async (code) => {
  const { store, written } = stage({})
  const what = { root: '/lake', attempt: 'create 4.json' }
  const failure = filesystemError(Object.assign(new Error(`${code}: no`), { code }), what)
  const refusing = {
    ...store,
    putIfAbsent: async (_key: string, body: Uint8Array): Promise<never> => {
      written.push(body)
      throw failure
    },
  }
  await expect(putLogEntry(refusing, newEntry, testContext())).rejects.toBe(failure)
  expect(written).toHaveLength(1)
})

test('a refusal is passed on as it is, since nothing was written', async () => {
  const { store, stored } = stage({ put: ['refused'], get: ['error'] })
  const refused = expect.objectContaining({ code: 'STORE_AUTH_FAILED' })
  await expect(putLogEntry(store, newEntry, testContext())).rejects.toThrow(refused)
  expect(stored()).toBeUndefined()
})
