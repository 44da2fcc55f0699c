// The promise: whichever byte of a checkpoint is wrong, reading it ends soon, in little memory, and with TABLE_CORRUPT
// if it can be told, so that an older checkpoint or the log does. Each read is made in a thread that a deadline ends.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { writeCheckpoint } from '#delta/checkpoint'
import { commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { checkpointKey } from '#delta/log/listing'
import { checkpointFile, rowsOfCheckpoint } from '#support/delta/checkpoint_files'
import type { Damage, Told } from '#support/delta/damage_worker'
import { advanceOf, quotesTable, rowsFile, testContext } from '#support/delta/delta_table'
import { query } from '#support/lake/lake_tables'
import { tinyStore } from '#support/stores/tiny_store'
import { temporaryFolder } from '#support/temporary_folder'

const PROGRAM = new URL('../support/delta/damage_worker.ts', import.meta.url)
/** Without a word from the thread for so long, the read at hand counts as hanging. The machine may be busy. */
const READ_TIME_MAX_MS = 10_000
/** A read of a few thousand bytes that needs more than this is ended as well. */
const READ_MEMORY_MAX_MIB = 200

/** The checkpoint of a small table, as we write it. */
async function checkpointOfOurs(): Promise<Uint8Array> {
  const [store, context] = [tinyStore(), testContext()]
  let snapshot = await createTable(store, quotesTable, context)
  for (let from = 0; from < 3; from++) {
    const txns = [advanceOf('app', from === 0 ? null : from, from + 1)]
    const append = { files: [rowsFile('app', from, from + 1)], txns, operation: 'WRITE' }
    snapshot = (await commitAppend(store, snapshot, append, context)).snapshot
  }
  await writeCheckpoint(store, snapshot, context)
  return store.objects.get(checkpointKey(snapshot.version)) ?? new Uint8Array()
}

/** The same rows in pages of version 1, which other engines write. */
async function byDuckDB(ours: Uint8Array): Promise<Uint8Array> {
  const folder = temporaryFolder()
  const [from, to] = [join(folder, 'from.parquet'), join(folder, 'to.parquet')]
  writeFileSync(from, ours)
  await query(`COPY (SELECT * FROM '${from}') TO '${to}' (FORMAT parquet, COMPRESSION uncompressed)`)
  return new Uint8Array(readFileSync(to))
}

/** How each read ended. One that does not end, or dies of its memory, fails the test with the byte that did it. */
async function readEach(bytes: Uint8Array, damages: readonly Damage[]): Promise<readonly string[]> {
  const outcomes: string[] = []
  const worker = new Worker(PROGRAM, {
    workerData: { bytes, damages },
    resourceLimits: { maxOldGenerationSizeMb: READ_MEMORY_MAX_MIB },
  })
  const nowAt = () => `byte ${damages[outcomes.length]?.[0]} set to ${damages[outcomes.length]?.[1]}`
  try {
    await new Promise<void>((resolve, reject) => {
      const hang = () => reject(new Error(`${nowAt()}: the read does not end`))
      // A thread may take long to start, which is no read's time.
      let timer: NodeJS.Timeout | undefined
      worker.on('message', (told: Told) => {
        clearTimeout(timer)
        if (told !== null) outcomes.push(told)
        if (outcomes.length === damages.length) return resolve()
        timer = setTimeout(hang, READ_TIME_MAX_MS)
      })
      worker.on('error', (error) => reject(new Error(`${nowAt()}: ${error.message}`)))
      worker.on('exit', () => {
        clearTimeout(timer)
        reject(new Error(`${nowAt()}: the thread has ended`))
      })
    })
  } finally {
    await worker.terminate()
  }
  return outcomes
}

describe('every byte of a checkpoint', () => {
  const forms: [form: string, make: (ours: Uint8Array) => Uint8Array | Promise<Uint8Array>][] = [
    ['as we write it', (ours) => ours],
    ['uncompressed', async (ours) => checkpointFile(await rowsOfCheckpoint(ours), 'UNCOMPRESSED')],
    ['by Snappy', async (ours) => checkpointFile(await rowsOfCheckpoint(ours), 'SNAPPY')],
    ['as DuckDB writes it', byDuckDB],
  ]

  test.each(forms)(
    'set to other values, %s',
    async (_, make) => {
      const bytes = await make(await checkpointOfOurs())
      const damages = Array.from(bytes).flatMap((byte, offset): Damage[] =>
        [0x00, 0xff].filter((value) => value !== byte).map((value) => [offset, value]),
      )
      const outcomes = await readEach(bytes, damages)
      expect(new Set(outcomes)).toEqual(new Set(['read', 'TABLE_CORRUPT']))
    },
    300_000,
  )
})
