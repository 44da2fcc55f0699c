// `node bench/copying.ts table|plain|copy SOURCE TARGET`: one process of the copy's figures. `copy` copies a table as
// the command does; `plain` copies the same data files, many at once and without any check, as the yardstick; `table`
// makes a table in the folder SOURCE. Settings of the stores come from the environment.

import { randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CommitContext, commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { newDataFilePath } from '#delta/data_file/new_path'
import type { AddFile } from '#delta/log/actions'
import { LOG_FOLDER } from '#delta/log/listing'
import type { StructType } from '#delta/schema/schema'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectInfo, ObjectStore } from '#object-store/object_store'
import { createStoreRoot } from '#object-store/open'
import { storeSettingsOf } from '#object-store/store_settings'
import { systemClock } from '#runtime/clock'
import { readSettings } from '#runtime/settings'
import { openStore } from '#services/platform/open'
import { lakeSettings } from '#services/platform/settings'
import { copyTable } from '#table-copy/copy_table'
import { COPY_FILES_MAX, COPY_PART_BYTES } from '#table-copy/limits'

const { env } = process
/** Large enough that a table of thousands of files has hundreds of commits. */
const FILES_PER_COMMIT = 10
const context: CommitContext = { clock: systemClock, newId: randomUUID, random: Math.random }
const [how, from = '', to = ''] = process.argv.slice(2)

if (how === 'table') await makeTable(from)
else {
  const settings = readSettings(env, lakeSettings)
  await createStoreRoot(to, storeSettingsOf(settings))
  const [source, target] = await Promise.all([openStore(from, settings), openStore(to, settings)])
  await (how === 'plain' ? copyPlainly(source, target) : copyTable(source, target, context))
}

/** Bytes that do not compress, in files of one size. */
async function makeTable(root: string): Promise<void> {
  const [files, bytes] = [Number(env.BENCH_COPY_FILES), Number(env.BENCH_COPY_BYTES)]
  const body = randomBytes(Math.floor(bytes / files))
  const store = openFilesystemStore({ root })
  const schema: StructType = { type: 'struct', fields: [{ name: 'x', type: 'long', nullable: true, metadata: {} }] }
  let snapshot = await createTable(store, { name: 'copied', schema, partitionColumns: [] }, context)
  for (let made = 0; made < files; made += FILES_PER_COMMIT) {
    const count = Math.min(FILES_PER_COMMIT, files - made)
    const adds = Array.from({ length: count }, () => makeFile(root, body))
    const outcome = await commitAppend(store, snapshot, { files: adds, txns: [], operation: 'WRITE' }, context)
    if (outcome.kind !== 'committed') throw new Error(`the append ended as ${outcome.kind}`)
    snapshot = outcome.snapshot
  }
}

function makeFile(root: string, body: Uint8Array): AddFile {
  const path = newDataFilePath({ partitionColumns: [], partitionValues: {}, id: randomUUID() })
  writeFileSync(join(root, path), body)
  return { path, partitionValues: {}, size: body.length, modificationTime: systemClock.now(), dataChange: true }
}

/** Every data file, as many at once as the copy takes. */
async function copyPlainly(source: ObjectStore, target: ObjectStore): Promise<void> {
  const files: ObjectInfo[] = []
  for await (const info of source.list('')) if (!info.key.startsWith(LOG_FOLDER)) files.push(info)
  const queue = files.values()
  const worker = async () => {
    for (const { key, size } of queue) await target.putPartsIfAbsent(key, partsOf(source, key, size))
  }
  await Promise.all(Array.from({ length: COPY_FILES_MAX }, worker))
}

async function* partsOf(source: ObjectStore, key: string, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < size; offset += COPY_PART_BYTES) {
    yield (await source.getRange(key, { offset, length: Math.min(COPY_PART_BYTES, size - offset) })) ?? new Uint8Array()
  }
}
