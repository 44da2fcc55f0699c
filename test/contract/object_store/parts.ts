// Objects that are written out of parts and read in ranges: whole or not at all, created once, in bounded memory.

import { expect, test } from 'vitest'
import { BYTES_HELD_MAX, type ObjectStore } from '#object-store/object_store'
import { UPLOAD_PART_BYTES } from '#object-store/parts'
import { keysOf, type MakeStore, utf8 } from './looking.ts'

/** Of a prime length, so that no two parts of an object hold the same bytes. */
const PATTERN = Buffer.from(Array.from({ length: 65_537 }, (_, at) => (at * 31 + (at >> 8)) & 0xff))
const RACERS = 16

/** The bytes of a test's object. */
export function contentOf(size: number): Buffer {
  return Buffer.alloc(size, PATTERN)
}

/** The same bytes, in pieces of these sizes. */
export async function* piecesOf(sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const content = contentOf(sizes.reduce((sum, size) => sum + size, 0))
  let at = 0
  for (const size of sizes) {
    yield content.subarray(at, at + size)
    at += size
  }
}

const ONE = UPLOAD_PART_BYTES
const SEVERAL = [ONE, ONE, 12_345]

/** How the pieces of an object may come. */
const SHAPES: readonly (readonly [string, readonly number[]])[] = [
  ['no piece', []],
  ['an empty piece', [0]],
  ['a byte', [1]],
  ['a byte less than a part', [ONE - 1]],
  ['exactly a part', [ONE]],
  ['exactly a part, in small pieces', Array<number>(128).fill(ONE / 128)],
  ['exactly a part, and an empty piece', [ONE, 0]],
  ['a byte more than a part', [ONE, 1]],
  ['exactly two parts', [ONE, ONE]],
  ['pieces that straddle parts', [3_000_000, 7_000_000, 9_000_001]],
  ['a piece of more than two parts', [2 * ONE + 3]],
]

/** The tests of one kind of store. */
export function parts(make: MakeStore): void {
  test.each(SHAPES)('writes an object out of %s', async (_name, sizes) => {
    const store = await make()
    expect(await store.putPartsIfAbsent('folder/a', piecesOf(sizes))).toBe('created')
    const content = contentOf(sizes.reduce((sum, size) => sum + size, 0))
    expect(await store.sizeOf('folder/a')).toBe(content.byteLength)
    expectBytes(await store.get('folder/a'), content)
    expect(await keysOf(store, '')).toEqual(['folder/a'])
  })

  test('is done with all but the last bytes when it asks for more', async () => {
    const store = await make()
    const small = Array<number>(6).fill(1_000_000)
    const sizes = [ONE, ONE, ONE, 9_000_001, ONE, ...small, ONE, ONE, 5]
    expect(await store.putPartsIfAbsent('a', wipedBehind(sizes))).toBe('created')
    expectBytes(await store.get('a'), contentOf(sizes.reduce((sum, size) => sum + size, 0)))
  })

  test('gives any range of an object back', async () => {
    const store = await make()
    await store.putPartsIfAbsent('large', piecesOf(SEVERAL))
    const content = contentOf(2 * ONE + 12_345)
    const size = content.byteLength
    for (const [offset, length] of [
      [0, 10],
      [0, ONE],
      [ONE - 3, 6],
      [ONE, ONE],
      [size - 5, 100],
      [3, size],
      [7, 0],
    ]) {
      const range = { offset: offset ?? 0, length: length ?? 0 }
      expectBytes(await store.getRange('large', range), content.subarray(range.offset, range.offset + range.length))
    }
  })

  test('creates an object out of parts once, and keeps the first', async () => {
    const store = await make()
    expect(await store.putPartsIfAbsent('a', piecesOf([3]))).toBe('created')
    expect(await store.putPartsIfAbsent('a', piecesOf([5]))).toBe('exists')
    expect(await store.putPartsIfAbsent('a', piecesOf(SEVERAL))).toBe('exists')
    expect(await store.putIfAbsent('a', utf8('x'))).toBe('exists')
    expect(await store.sizeOf('a')).toBe(3)
  })

  test.each([[[1]], [[ONE, 1]]])(`lets one of ${RACERS} racers win who write parts of %j bytes`, async (sizes) => {
    const store = await make()
    const racers = Array.from({ length: RACERS }, (_, racer) => store.putPartsIfAbsent('a', filledWith(racer, sizes)))
    const outcomes = await Promise.all(racers)
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1)
    const size = sizes.reduce((sum, bytes) => sum + bytes, 0)
    expectBytes(await store.get('a'), Buffer.alloc(size, outcomes.indexOf('created')))
    expect(await keysOf(store, '')).toEqual(['a'])
  })

  const failures: readonly (readonly [string, Error])[] = [
    ['an error', new Error('no more of it')],
    ['an error that looks like one of a file', Object.assign(new Error('no more of it'), { code: 'ENOENT' })],
    ['a bug', new RangeError('no more of it')],
  ]
  test.each(failures)('writes nothing when the parts end in %s, which passes unchanged', async (_name, failure) => {
    const store = await make()
    for (const sizes of [[], [3], [ONE], SEVERAL]) {
      await expect(store.putPartsIfAbsent('folder/a', failing(sizes, failure))).rejects.toBe(failure)
      expect(await store.sizeOf('folder/a')).toBeUndefined()
      expect(await keysOf(store, '')).toEqual([])
    }
    expect(await store.putPartsIfAbsent('folder/a', piecesOf([1]))).toBe('created')
  })

  test('has no size and no range of what is not there, nor of a folder', async () => {
    const store = await make()
    await store.put('folder/object', utf8('x'))
    for (const key of ['absent', 'folder', 'folder/object/below']) {
      expect(await store.sizeOf(key)).toBeUndefined()
      for (const length of [0, 1]) expect(await store.getRange(key, { offset: 0, length })).toBeUndefined()
    }
  })

  test('has no bytes beyond the end, nor in an empty object', async () => {
    const store = await make()
    await store.put('a', utf8('xyz'))
    await store.put('empty', new Uint8Array())
    for (const [key, offset] of [
      ['a', 3],
      ['a', 1_000_000],
      ['empty', 0],
      ['empty', 5],
    ] as const) {
      expect((await store.getRange(key, { offset, length: 8 }))?.byteLength).toBe(0)
    }
  })

  test.each([
    { offset: -1, length: 1 },
    { offset: 0, length: -1 },
    { offset: 0.5, length: 1 },
    { offset: 0, length: Number.NaN },
  ])('refuses the range %j', async (range) => {
    const store = await make()
    await expect(store.getRange('a', range)).rejects.toThrow(RangeError)
  })
}

async function* failing(sizes: readonly number[], failure: Error): AsyncGenerator<Uint8Array> {
  yield* piecesOf(sizes)
  throw failure
}

/** Each piece is wiped out once the store must be done with it. */
async function* wipedBehind(sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const given: Uint8Array[] = []
  let held = 0
  for await (const piece of piecesOf(sizes)) {
    yield piece
    given.push(piece)
    held += piece.byteLength
    for (let first = given[0]; first !== undefined && held - first.byteLength >= BYTES_HELD_MAX; first = given[0]) {
      held -= first.byteLength
      given.shift()?.fill(0)
    }
  }
}

async function* filledWith(byte: number, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield Buffer.alloc(size, byte)
}

function expectBytes(bytes: Awaited<ReturnType<ObjectStore['get']>>, expected: Uint8Array): void {
  // Compared by hand: a difference in megabytes is not worth printing.
  expect(bytes?.byteLength).toBe(expected.byteLength)
  expect(bytes && Buffer.compare(bytes, expected)).toBe(0)
}
