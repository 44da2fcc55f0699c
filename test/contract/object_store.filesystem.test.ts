// The filesystem store against the object store's contract, with hard links and without.

import { afterAll } from 'vitest'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { newFolder, removeFolder } from '#support/temporary_folder'
import { objectStoreContract } from './object_store.ts'

const roots: string[] = []

function newRoot(): string {
  const root = newFolder()
  roots.push(root)
  return root
}

afterAll(() => roots.forEach(removeFolder))

objectStoreContract('filesystem', async () => openFilesystemStore({ root: newRoot() }))
objectStoreContract('filesystem without hard links', async () =>
  openFilesystemStore({ root: newRoot(), hardLinks: false }),
)
