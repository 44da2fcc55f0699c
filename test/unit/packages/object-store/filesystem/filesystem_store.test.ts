// What is the filesystem store's own: whole files, unfinished ones, processes that race, and its failures.

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesystemError } from '#object-store/filesystem/errors'
import { createFolder, openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { PlatformError } from '#runtime/errors'
import { startProgram } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'
import { expectOneWinner, keysOf, textOf, utf8 } from '../../../../contract/object_store.ts'

const RACER = join(import.meta.dirname, 'filesystem_racer.ts')
const PROCESSES = 16
const ROUNDS = 40

describe('racing processes', () => {
  test.each([true, false])(`of ${PROCESSES}, one creates each object (hard links: %s)`, async (hardLinks) => {
    const root = temporaryFolder()
    const racers = Array.from({ length: PROCESSES }, (_, n) => {
      return startProgram([RACER, root, String(n), String(ROUNDS), String(hardLinks)], {})
    })
    await Promise.all(racers.map((racer) => racer.waitForLine(/^ready$/)))
    for (const racer of racers) racer.input('go\n')
    const ends = await Promise.all(racers.map((racer) => racer.ended))
    expect(ends.map((end) => end.code)).toEqual(racers.map(() => 0))
    const store = openFilesystemStore({ root })
    for (let round = 0; round < ROUNDS; round++) {
      const outcomes = racers.map((racer) => JSON.parse(racer.stdout.at(-1) ?? '[]')[round])
      expectOneWinner(outcomes, await textOf(store, `round-${round}`))
    }
    expect(readdirSync(root)).toHaveLength(ROUNDS)
  })
})

describe('unfinished files', () => {
  test('are not listed, whoever left them', async () => {
    const root = temporaryFolder()
    const store = openFilesystemStore({ root })
    await store.put('log/0.json', utf8('0'))
    writeFileSync(join(root, 'log', '.tmp-left-by-a-crash'), 'half')
    mkdirSync(join(root, '.tmp-folder'))
    writeFileSync(join(root, '.tmp-folder', 'x'), 'x')
    expect(await keysOf(store, '')).toEqual(['log/0.json'])
  })

  test('of a crashed process with our number are neither taken nor touched', async () => {
    const root = temporaryFolder()
    const left = Array.from({ length: 500 }, (_, n) => `.tmp-${process.pid}-${n}`)
    for (const name of left) writeFileSync(join(root, name), 'half')
    const store = openFilesystemStore({ root })
    await store.put('a', utf8('1'))
    expect(await store.putIfAbsent('a', utf8('2'))).toBe('exists')
    expect(await textOf(store, 'a')).toBe('1')
    expect(readdirSync(root).toSorted()).toEqual([...left, 'a'].toSorted())
  })

  test('are not left by writes, whether they succeed or fail', async () => {
    const root = temporaryFolder()
    const store = openFilesystemStore({ root })
    await store.put('a', utf8('1'))
    await store.put('a', utf8('2'))
    await store.putIfAbsent('a', utf8('3'))
    mkdirSync(join(root, 'folder', 'below'), { recursive: true })
    await expect(store.put('folder', utf8('x'))).rejects.toThrow(PlatformError)
    expect(readdirSync(root).toSorted()).toEqual(['a', 'folder'])
  })
})

describe('the files', () => {
  test('are where localPath says', async () => {
    const root = temporaryFolder()
    const store = openFilesystemStore({ root })
    await store.put('a/b.txt', utf8('x'))
    expect(store.localPath('a/b.txt')).toBe(join(root, 'a', 'b.txt'))
    expect(existsSync(store.localPath('a/b.txt'))).toBe(true)
    expect(() => store.localPath('../x')).toThrow(RangeError)
  })

  test('of others are read and listed under any name', async () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'part=a b%20+ü'))
    writeFileSync(join(root, 'part=a b%20+ü', 'x.parquet'), 'x')
    const store = openFilesystemStore({ root })
    expect(await keysOf(store, 'part=a b')).toEqual(['part=a b%20+ü/x.parquet'])
    expect(await textOf(store, 'part=a b%20+ü/x.parquet')).toBe('x')
  })

  test('that go while they are listed are passed over', async () => {
    const root = temporaryFolder()
    const store = openFilesystemStore({ root })
    for (const key of ['a/1', 'a/2', 'b/1']) await store.put(key, utf8('x'))
    const keys: string[] = []
    for await (const info of store.list('')) {
      keys.push(info.key)
      await store.delete('b/1')
    }
    expect(keys).toEqual(['a/1', 'a/2'])
  })
})

describe('failures', () => {
  const what = { root: '/lake', attempt: 'write log/0.json' }
  const systemError = (code: string) => Object.assign(new Error(`${code}: system says no`), { code })

  test.each(['ENOSPC', 'EDQUOT'])('%s is a full store', (code) => {
    const error = filesystemError(systemError(code), what)
    expect(error).toMatchObject({
      code: 'STORE_FULL',
      message: expect.stringMatching(/write log\/0.json in \/lake.*make room/),
    })
  })

  test.each([
    ['EACCES', false],
    ['EROFS', false],
    ['EMFILE', true],
    ['EBUSY', true],
    ['EIO', false],
  ])(
    // biome-ignore format: table
    '%s is a failed store; retryable: %s',
    (code, retryable) => {
      const error = filesystemError(systemError(code), what)
      expect(error).toMatchObject({ code: 'STORE_FAILED', retryable, message: expect.stringContaining(code) })
    },
  )

  test.each([
    ['EACCES', true],
    ['EPERM', true],
    ['EROFS', true],
    ['EIO', false],
    ['EBUSY', false],
  ])('%s: refused before anything was written: %s', (code, refused) => {
    expect(filesystemError(systemError(code), what)).toMatchObject({ fields: { refused } })
  })

  test('a file where a folder should be says so', async () => {
    const root = temporaryFolder()
    const store = openFilesystemStore({ root })
    await store.put('a', utf8('x'))
    const wanted = { code: 'STORE_FAILED', message: expect.stringMatching(/could not write a\/b in .*a file is where/) }
    await expect(store.put('a/b', utf8('y'))).rejects.toMatchObject(wanted)
    await expect(createFolder(join(root, 'a'))).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(readdirSync(dirname(store.localPath('a')))).toEqual(['a'])
  })
})

describe('a folder that is deleted under a store', () => {
  test.each(['', 'table', 'table/_log'])('%j is not made again', async (deleted) => {
    const root = join(temporaryFolder(), 'lake')
    const store = openFilesystemStore({ root })
    await store.put('table/_log/0', utf8('first'))
    rmSync(join(root, deleted), { recursive: true })
    for (const write of [store.put, store.putIfAbsent]) {
      const failure = expect(write('table/_log/1', utf8('second'))).rejects
      await failure.toMatchObject({
        code: 'STORE_FAILED',
        // What helps without a new start comes first: those who try again are right to.
        message: expect.stringMatching(/was deleted while it was in use, .* put it back, or start this process again/),
      })
    }
    expect(existsSync(join(root, 'table/_log'))).toBe(false)
  })

  test('is known from reading, too', async () => {
    const root = temporaryFolder()
    await openFilesystemStore({ root }).put('table/0', utf8('first'))
    const store = openFilesystemStore({ root })
    await store.get('table/0')
    rmSync(join(root, 'table'), { recursive: true })
    await expect(store.put('table/1', utf8('second'))).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await store.put('other/1', utf8('a folder of its own'))
  })
})
