// The memory store against the object store's contract.

import { openMemoryStore } from '#object-store/memory'
import { objectStoreContract } from './object_store.ts'

objectStoreContract('memory', async () => openMemoryStore())
