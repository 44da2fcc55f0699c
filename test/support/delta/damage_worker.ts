// A thread that reads a checkpoint again and again, each time with one other byte set to another value, and tells after
// each how that ended: so that whoever started it sees a read that does not end, and can end it. Its data: Damages.
// What it tells is Told.

import { parentPort, workerData } from 'node:worker_threads'
import { readCheckpoint } from '#delta/checkpoint/reader'
import { messageOf, PlatformError } from '#runtime/errors'
import { epochMs, tableVersion } from '#runtime/units'
import { tinyStore } from '#support/stores/tiny_store'

/** One byte of the checkpoint and what it is set to. */
export type Damage = readonly [offset: number, value: number]

/** Null when it begins with the first read, and then how each read ended. */
export type Told = string | null

/** What the thread is to do. */
export interface Damages {
  readonly bytes: Uint8Array
  readonly damages: readonly Damage[]
}

const KEY = '_delta_log/00000000000000000003.checkpoint.parquet'
const checkpoint = { version: tableVersion(3), modified: epochMs(0), keys: [KEY], missingParts: 0 }

const { bytes, damages } = workerData as Damages
const tell = (told: Told) => parentPort?.postMessage(told)
tell(null)
for (const [offset, value] of damages) {
  const damaged = bytes.slice()
  damaged[offset] = value
  tell(await readDamaged(damaged))
}

/** How it ended: well, or with a code or what else was thrown. */
async function readDamaged(damaged: Uint8Array): Promise<string> {
  try {
    await readCheckpoint({ ...tinyStore(), get: async () => damaged }, checkpoint)
    return 'read'
  } catch (error) {
    return error instanceof PlatformError ? error.code : messageOf(error)
  }
}
