// Values landed by a writer in a lake of their own, and read back as an outsider would.

import { tableOf } from '#lake/tables'
import type { Topic } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { rowsOf, type TableRow } from '#support/lake/lake_tables'
import { batchOf, rangeTo, testWriter } from '#support/lake/writer'
import { temporaryFolder } from '#support/temporary_folder'

/** The partition that they stand in. */
export const LANDED_PARTITION = 3

/** Takes values, of records from offset `first` on, through a writer into a lake. */
export async function land(topic: Topic, values: readonly unknown[], first = 0) {
  const lake = openFilesystemStore({ root: temporaryFolder() })
  const writer = await testWriter(lake)
  await writer.open({ topic, partition: LANDED_PARTITION }, rangeTo(first + values.length, first))
  await writer.process(batchOf(values, { topic, partition: LANDED_PARTITION, first }))
  await writer.flush()
  await writer.dispose()
  return { lake, writer }
}

/** The rows that they become. */
export async function landed(topic: Topic, values: readonly unknown[], first?: number): Promise<readonly TableRow[]> {
  const { lake } = await land(topic, values, first)
  return rowsOf(lake, tableOf(topic).name)
}

/** Bytes of what an encoder makes of a value. */
export function bytesOf<T>(encode: (value: T) => string): (value: T) => Uint8Array {
  return (value) => Buffer.from(encode(value))
}
