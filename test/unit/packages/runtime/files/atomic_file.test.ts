import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFrom, replaceFrom, UNFINISHED_PREFIX, writeUnfinished } from '#runtime/files/atomic_file'
import { temporaryFolder } from '#support/temporary_folder'

const bytes = (text: string) => new TextEncoder().encode(text)

test('a file is written under an unfinished name, in the folder where it will be', async () => {
  const folder = temporaryFolder()
  const unfinished = await writeUnfinished(folder, bytes('whole'))
  expect(readdirSync(folder).map((name) => name.startsWith(UNFINISHED_PREFIX))).toEqual([true])
  expect(readFileSync(unfinished, 'utf8')).toBe('whole')
})

test('a file that replaces another takes its name', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'file')
  for (const text of ['old', 'new']) await replaceFrom(await writeUnfinished(folder, bytes(text)), path)
  expect(readFileSync(path, 'utf8')).toBe('new')
  expect(readdirSync(folder)).toEqual(['file'])
})

describe.each([
  ['with hard links', true],
  ['without hard links', false],
])('%s', (_name, hardLinks) => {
  test('a name that is free is given once, and the unfinished file of the second is gone', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    const outcomes = []
    for (const text of ['first', 'second']) {
      outcomes.push(await createFrom(await writeUnfinished(folder, bytes(text)), path, hardLinks))
    }
    expect(outcomes).toEqual(['created', 'exists'])
    expect(readFileSync(path, 'utf8')).toBe('first')
    expect(readdirSync(folder)).toEqual(['file'])
  })
})
