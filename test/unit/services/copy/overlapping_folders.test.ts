import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { overlapOfFolders } from '#services/copy/overlapping_folders'
import { temporaryFolder } from '#support/temporary_folder'

test('folders are told by what they are, however they are written', () => {
  const root = temporaryFolder()
  const lake = join(root, 'lake')
  mkdirSync(join(lake, 'stocks'), { recursive: true })
  symlinkSync(lake, join(root, 'link'))
  expect(overlapOfFolders(lake, `${lake}/`)).toBe('same')
  expect(overlapOfFolders(lake, `${root}/other/../lake/./`)).toBe('same')
  expect(overlapOfFolders(lake, join(root, 'link'))).toBe('same')
  expect(overlapOfFolders(lake, join(root, 'link', 'not', 'there'))).toBe('target in source')
  expect(overlapOfFolders(join(root, 'link', 'stocks'), lake)).toBe('source in target')
  expect(overlapOfFolders(join(root, 'nothing'), join(root, 'nothing'))).toBe('same')
  expect(overlapOfFolders(join(root, 'nothing', 'x'), join(root, 'nothing'))).toBe('source in target')
  expect(overlapOfFolders(lake, join(root, 'lake-2'))).toBeUndefined()
  expect(overlapOfFolders(lake, join(root, 'lak'))).toBeUndefined()
})

test('a folder that cannot be looked at is told by its name', () => {
  const root = temporaryFolder()
  writeFileSync(join(root, 'file'), '')
  expect(overlapOfFolders(root, join(root, 'file', 'x'))).toBe('target in source')
  expect(overlapOfFolders(join(root, 'lake'), join(root, 'file', 'x'))).toBeUndefined()
  expect(overlapOfFolders(join(root, 'lake'), join(root, 'n'.repeat(300)))).toBeUndefined()
})
