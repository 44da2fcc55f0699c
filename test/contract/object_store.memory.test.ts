// The memory store against the object store's contract.

import { openMemoryStore } from '#object-store/memory_store'
import { objectStoreContract } from './object_store.ts'

objectStoreContract('memory', async () => openMemoryStore(), { holdsAll: true })
