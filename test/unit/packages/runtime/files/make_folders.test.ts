import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolders } from '#runtime/files/make_folders'
import { temporaryFolder } from '#support/temporary_folder'

test('a folder is made with those above it, and the topmost new one is named', async () => {
  const root = temporaryFolder()
  expect(await makeFolders(join(root, 'a/b/c'))).toBe(join(root, 'a'))
  expect(existsSync(join(root, 'a/b/c'))).toBe(true)
  expect(await makeFolders(join(root, 'a/b/c'))).toBeUndefined()
})

test('many at once make the same folder', async () => {
  const folder = join(temporaryFolder(), 'a/b')
  await Promise.all(Array.from({ length: 20 }, () => makeFolders(folder)))
  expect(existsSync(folder)).toBe(true)
})

test.skipIf(process.platform !== 'linux')('a place that takes no new folder is an error at once', async () => {
  await expect(makeFolders('/proc/nope/deeper')).rejects.toMatchObject({ code: expect.stringMatching(/^E/) })
})

test('a file in its place, or above it, is an error', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  await expect(makeFolders(file)).rejects.toMatchObject({ code: 'ENOTDIR' })
  await expect(makeFolders(join(file, 'a'))).rejects.toMatchObject({ code: 'ENOTDIR' })
})
