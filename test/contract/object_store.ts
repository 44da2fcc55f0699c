// What every object store must keep. Called by each implementation's spec with a way to make an empty store.

import { beforeAll, describe, expect, test } from 'vitest'
import { probeConditionalPut } from '#object-store/conditional_put_probe'
import { compareKeys } from '#object-store/keys'
import { type ObjectStore, within } from '#object-store/object_store'
import { largeObjects } from './object_store/large_objects.ts'
import { expectOneWinner, infosOf, keysOf, type MakeStore, textOf, utf8 } from './object_store/looking.ts'
import { parts, piecesOf } from './object_store/parts.ts'

export { expectOneWinner, keysOf, type MakeStore, textOf, utf8 } from './object_store/looking.ts'

const LARGE_BYTES = 5 * 1024 * 1024
/** More than one page of an S3 listing. */
const MANY = 1_050
const RACERS = 16

/** What kind of store it is. */
export interface StoreKind {
  /** True for the store in memory, which holds every object whole. */
  readonly holdsAll?: boolean
}

/** The contract of the port in packages/object-store/object_store.ts. */
export function objectStoreContract(name: string, make: MakeStore, { holdsAll = false }: StoreKind = {}): void {
  describe(`object store contract: ${name}`, () => {
    objects(make)
    conditionalWrites(make)
    parts(make)
    if (!holdsAll) largeObjects(make)
    foreignKeys(make)
    listings(make)
    manyObjects(make)
    invalidKeys(make)
    folders(make)
  })
}

function objects(make: MakeStore): void {
  test('gives back what was put', async () => {
    const store = await make()
    await store.put('folder/sub-folder/a_b=c.json', utf8('{"é":1}'))
    expect(await textOf(store, 'folder/sub-folder/a_b=c.json')).toBe('{"é":1}')
  })

  test('keeps an object of no bytes apart from no object', async () => {
    const store = await make()
    await store.put('empty', new Uint8Array())
    expect((await store.get('empty'))?.byteLength).toBe(0)
    expect(await store.get('absent')).toBeUndefined()
    expect(await store.get('empty/below')).toBeUndefined()
  })

  test('does not take a folder for an object', async () => {
    const store = await make()
    await store.put('folder/object', utf8('x'))
    expect(await store.get('folder')).toBeUndefined()
    await store.delete('folder')
    expect(await textOf(store, 'folder/object')).toBe('x')
  })

  test('keeps every byte of a large object', async () => {
    const store = await make()
    const body = Uint8Array.from({ length: LARGE_BYTES }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
    await store.put('large', body)
    const back = await store.get('large')
    expect(back && Buffer.compare(back, body)).toBe(0)
  })

  test('puts over an object that is there, longer or shorter', async () => {
    const store = await make()
    for (const text of ['first', 'the second one', '3']) {
      await store.put('a', utf8(text))
      expect(await textOf(store, 'a')).toBe(text)
    }
  })

  test('deletes an object, and one that is not there', async () => {
    const store = await make()
    await store.put('a/b', utf8('x'))
    await store.delete('a/b')
    await store.delete('a/b')
    await store.delete('never/there')
    expect(await store.get('a/b')).toBeUndefined()
    expect(await keysOf(store, '')).toEqual([])
  })

  test('shares no bytes with its callers', async () => {
    const store = await make()
    const body = utf8('mine')
    await store.put('a', body)
    body.fill(0)
    const first = await store.get('a')
    first?.fill(1)
    expect(await textOf(store, 'a')).toBe('mine')
  })

  test('takes a view into a larger buffer as just that view', async () => {
    const store = await make()
    await store.put('view', utf8('0123456789').subarray(3, 6))
    expect(await textOf(store, 'view')).toBe('345')
  })
}

function conditionalWrites(make: MakeStore): void {
  test('creates an object once, and keeps the first', async () => {
    const store = await make()
    expect(await store.putIfAbsent('log/0.json', utf8('first'))).toBe('created')
    expect(await store.putIfAbsent('log/0.json', utf8('second'))).toBe('exists')
    expect(await textOf(store, 'log/0.json')).toBe('first')
  })

  test('does not create over an object of no bytes', async () => {
    const store = await make()
    await store.put('empty', new Uint8Array())
    expect(await store.putIfAbsent('empty', utf8('x'))).toBe('exists')
  })

  test('creates again what was deleted', async () => {
    const store = await make()
    await store.put('a', utf8('old'))
    await store.delete('a')
    expect(await store.putIfAbsent('a', utf8('new'))).toBe('created')
    expect(await textOf(store, 'a')).toBe('new')
  })

  test(`lets one of ${RACERS} racing writers win, round after round`, async () => {
    const store = await make()
    for (let round = 0; round < 10; round++) {
      const key = `race/${round}`
      const racers = Array.from({ length: RACERS }, (_, racer) => store.putIfAbsent(key, utf8(`racer ${racer}`)))
      expectOneWinner(await Promise.all(racers), await textOf(store, key))
    }
  })

  test('passes the probe, which leaves nothing behind', async () => {
    const store = await make()
    let ids = 0
    await probeConditionalPut(store, { newId: () => `id-${ids++}` })
    expect(await keysOf(store, '')).toEqual([])
  })
}

function listings(make: MakeStore): void {
  test('lists nothing where there is nothing', async () => {
    const store = await make()
    expect(await keysOf(store, '')).toEqual([])
    expect(await keysOf(store, 'folder/')).toEqual([])
  })

  test('lists in order of the whole key, folders and files mixed', async () => {
    const store = await make()
    // `-` and `.` sort before `/`, and `0` and `_` after it: a folder is not listed at its name's place.
    const keys = ['a-b', 'a.txt', 'a/0', 'a/b/c', 'a/b=1/x', 'a0', 'a_', 'A', 'b']
    for (const key of keys.toReversed()) await store.put(key, utf8(key))
    const sorted = keys.toSorted((x, y) => (x < y ? -1 : 1))
    expect(await keysOf(store, '')).toEqual(sorted)
    for (const after of [...keys, 'a', 'a/', 'a/b', 'a/b/', 'a/b/zz', 'zzz', '']) {
      expect(await keysOf(store, '', after), `after ${after}`).toEqual(sorted.filter((key) => key > after))
    }
  })

  test('lists by a prefix that ends anywhere in a name', async () => {
    const store = await make()
    const keys = ['log/00.json', 'log/01.json', 'log/1.json', 'log/sub/0.json', 'log2/0.json', 'lo']
    for (const key of keys) await store.put(key, utf8('x'))
    for (const prefix of [
      '',
      'l',
      'lo',
      'log',
      'log/',
      'log/0',
      'log/s',
      'log/sub/',
      'log/sub/0.json',
      'x',
      'log/x/',
    ]) {
      const wanted = keys.filter((key) => key.startsWith(prefix)).toSorted()
      expect(await keysOf(store, prefix), `prefix ${prefix}`).toEqual(wanted)
    }
    expect(await keysOf(store, 'log/', 'log/01.json')).toEqual(['log/1.json', 'log/sub/0.json'])
    expect(await keysOf(store, 'log/', 'log/005')).toEqual(['log/01.json', 'log/1.json', 'log/sub/0.json'])
  })

  test('tells sizes and times', async () => {
    const store = await make()
    await store.put('a', utf8('12345'))
    await store.put('b', new Uint8Array())
    const infos = await infosOf(store, '')
    expect(infos.map(({ key, size }) => [key, size])).toEqual([['a', 5], ['b', 0]]) // biome-ignore format: pairs
    for (const info of infos) expect(Number.isSafeInteger(info.modified)).toBe(true)
  })
}

function manyObjects(make: MakeStore): void {
  describe(`with ${MANY} objects`, () => {
    const keys = Array.from({ length: MANY }, (_, i) => `many/${String(i).padStart(20, '0')}.json`)
    let store: ObjectStore

    beforeAll(async () => {
      store = await make()
      await store.put('before', utf8('x'))
      await store.put('no', utf8('x'))
      for (let i = 0; i < keys.length; i += 50) {
        await Promise.all(keys.slice(i, i + 50).map((key) => store.put(key, utf8(key))))
      }
    })

    test('lists all of them, in order, once', async () => {
      expect(await keysOf(store, 'many/')).toEqual(keys)
    })

    test('lists those after a key, over the edge of a page', async () => {
      expect(await keysOf(store, 'many/', keys[20])).toEqual(keys.slice(21))
      expect(await keysOf(store, 'many/', keys.at(-2))).toEqual(keys.slice(-1))
      expect(await keysOf(store, 'many/', keys.at(-1))).toEqual([])
    })

    test('stops when the reader does', async () => {
      for await (const info of store.list('many/')) {
        expect(info.key).toBe(keys[0])
        break
      }
    })
  })
}

/** Names that other writers and engines give: Hive's partitions, texts of people, what looks like an escape. */
const FOREIGN_KEYS = [
  'date=2026-01-01 00%3A00/größe+1 (a),b.parquet',
  'a+b',
  'a b',
  ' a ',
  'a%20b',
  'a%2Fb',
  'a%25',
  '100%',
  'a:b@c=d;e,f',
  "it's!*~$",
  'a&b<c>"d"',
  '#a?b=c',
  '[a]{b}^`|',
  'trailing.',
  '日本/😀.parquet',
  'u\u0308 is not \u00fc',
].toSorted(compareKeys)

function foreignKeys(make: MakeStore): void {
  test('takes objects over under any name, and finds them by it', async () => {
    const store = await make()
    for (const [at, key] of FOREIGN_KEYS.entries()) {
      expect(await store.putPartsIfAbsent(key, piecesOf([at + 1])), key).toBe('created')
    }
    for (const [at, key] of FOREIGN_KEYS.entries()) {
      expect(await store.sizeOf(key), key).toBe(at + 1)
      expect((await store.get(key))?.byteLength, key).toBe(at + 1)
      expect((await store.getRange(key, { offset: at, length: 5 }))?.byteLength, key).toBe(1)
      expect(await keysOf(store, key), key).toEqual([key])
      expect(await store.putPartsIfAbsent(key, piecesOf([1])), key).toBe('exists')
    }
    expect(await keysOf(store, '')).toEqual(FOREIGN_KEYS)
    for (const [at, key] of FOREIGN_KEYS.entries()) {
      expect(await keysOf(store, '', key), `after ${key}`).toEqual(FOREIGN_KEYS.slice(at + 1))
    }
    for (const key of FOREIGN_KEYS) await store.delete(key)
    expect(await keysOf(store, '')).toEqual([])
  })
}

function invalidKeys(make: MakeStore): void {
  const outside = [
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    './a',
    '../a',
    'a/../b',
    'a/..',
    'a\\b',
    'a\0b',
    'a\nb',
    'a\ud800b',
  ]

  test.each([...outside, 'x'.repeat(1_025)])('refuses the key %j', async (key) => {
    const store = await make()
    await expect(store.get(key)).rejects.toThrow(RangeError)
    await expect(store.delete(key)).rejects.toThrow(RangeError)
    await expect(store.put(key, utf8('x'))).rejects.toThrow(RangeError)
    await expect(store.putIfAbsent(key, utf8('x'))).rejects.toThrow(RangeError)
    await expect(store.putPartsIfAbsent(key, piecesOf([1]))).rejects.toThrow(RangeError)
    await expect(store.sizeOf(key)).rejects.toThrow(RangeError)
    await expect(store.getRange(key, { offset: 0, length: 1 })).rejects.toThrow(RangeError)
  })

  test.each(['.tmp-1', 'a/.tmp-1'])('takes no object over as %j', async (key) => {
    const store = await make()
    await expect(store.putPartsIfAbsent(key, piecesOf([1]))).rejects.toThrow(RangeError)
    expect(await store.sizeOf(key)).toBeUndefined()
  })

  test.each(['a b', 'ä', 'a%20', 'a+b', 'a:b', '.tmp-1', 'a/.tmp-1'])(
    'writes no key like %j, but reads it',
    async (key) => {
      const store = await make()
      await expect(store.put(key, utf8('x'))).rejects.toThrow(RangeError)
      await expect(store.putIfAbsent(key, utf8('x'))).rejects.toThrow(RangeError)
      expect(await store.get(key)).toBeUndefined()
    },
  )

  test.each(['/', '/a', '../', 'a/../b', 'a//b', 'a\\b'])('refuses the prefix %j', async (prefix) => {
    const store = await make()
    await expect(keysOf(store, prefix)).rejects.toThrow(RangeError)
  })
}

function folders(make: MakeStore): void {
  test('is a store of its own below a folder', async () => {
    const store = await make()
    const table = within(store, 'bronze/stocks')
    await table.put('_delta_log/0.json', utf8('0'))
    expect(await table.putIfAbsent('_delta_log/0.json', utf8('1'))).toBe('exists')
    await store.put('bronze/stocks2/x', utf8('x'))
    expect(await keysOf(table, '')).toEqual(['_delta_log/0.json'])
    expect(await keysOf(table, '_delta_log/', '_delta_log/0.json')).toEqual([])
    expect(await keysOf(store, 'bronze/stocks/')).toEqual(['bronze/stocks/_delta_log/0.json'])
    expect(table.url).toBe(`${store.url}/bronze/stocks`)
  })
}
