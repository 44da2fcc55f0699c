// Counts rows: each live file's Parquet footer at the target must have the rows that the log says, and each deletion
// vector must delete as many. Footers are read by ranges; files that have no count in the log are held to the source's.

import { hasVector } from '#delta/data_file/identity'
import { objectKeyOf } from '#delta/data_file/path'
import { recordCount } from '#delta/data_file/statistics'
import { deletedRows, vectorPlace } from '#delta/deletion_vector/deletion_vector'
import { vectorInFile, vectorRange } from '#delta/deletion_vector/vector_file'
import type { AddFile, DeletionVector } from '#delta/log/actions'
import type { ObjectStore } from '#object-store/object_store'
import { parquetRowCount } from '#parquet-bytes/row_count'
import { messageOf, PlatformError } from '#runtime/errors'
import { type Findings, REPLACE_IT } from '#table-copy/verify/differences'
import { eachRead } from '#table-copy/verify/each_read'

/** The tables, the live files, and where what is found goes. */
export interface RowsToCheck {
  readonly source: ObjectStore
  readonly target: ObjectStore
  readonly files: Iterable<AddFile>
  /** The root that the files' paths are of. */
  readonly root: string
  /** Keys of objects that the target has as it should be; what else is live was told already. */
  readonly sound: ReadonlySet<string>
  readonly findings: Findings
  readonly signal?: AbortSignal | undefined
  readonly onCounted?: () => void
}

/** The rows of the table at the target; null when not all of its files could be counted. */
export async function checkRows(rows: RowsToCheck): Promise<number | null> {
  let total: number | null = 0
  await eachRead(
    rows.files,
    async (file) => {
      const count = await countFile(rows, file)
      total = count === undefined || total === null ? null : total + count
      rows.onCounted?.()
    },
    rows.signal,
  )
  return total
}

/** The rows of a file that are in the table; undefined when they cannot be counted, which is then a finding. */
async function countFile(rows: RowsToCheck, file: AddFile): Promise<number | undefined> {
  const key = objectKeyOf(file.path, rows.root)
  if (!rows.sound.has(key)) return undefined
  const count = await countOrFault(() => footerCount(rows.target, key, Number(file.size)))
  if (typeof count === 'string') {
    const message = `the file ${key} at the target cannot be read as Parquet: ${count}; ${REPLACE_IT}`
    rows.findings.add({ kind: 'file_damaged', side: 'target', key, message })
    return undefined
  }
  const wanted = recordCount(file) ?? (await countAtSource(rows, key, Number(file.size)))
  if (wanted !== undefined && wanted !== count) {
    const message = `the file ${key} has ${count} rows at the target instead of ${wanted}; ${REPLACE_IT}`
    rows.findings.add({ kind: 'row_count', side: 'target', key, message })
    return undefined
  }
  if (!hasVector(file)) return count
  return (await hasSoundVector(rows, key, file.deletionVector)) ? count - file.deletionVector.cardinality : undefined
}

/** Undefined when the source has the file no more, or has a damaged one: that is told by its size. */
async function countAtSource({ source }: RowsToCheck, key: string, size: number): Promise<number | undefined> {
  const count = await countOrFault(() => footerCount(source, key, size))
  return typeof count === 'number' ? count : undefined
}

function footerCount(store: ObjectStore, key: string, size: number): Promise<number> {
  const read = async (range: { readonly offset: number; readonly length: number }) => {
    const bytes = await store.getRange(key, range)
    if (bytes === undefined) throw new Error('it is gone')
    return bytes
  }
  return parquetRowCount({ size, read })
}

/** The count, or what is wrong with the file. */
async function countOrFault(count: () => Promise<number>): Promise<number | string> {
  try {
    return await count()
  } catch (error) {
    if (error instanceof PlatformError) throw error
    return messageOf(error)
  }
}

async function hasSoundVector(rows: RowsToCheck, file: string, vector: DeletionVector): Promise<boolean> {
  const { target, findings } = rows
  const place = vectorPlace(vector, rows.root)
  const key = place.kind === 'object' ? place.key : file
  if (place.kind === 'object' && !rows.sound.has(key)) return false
  try {
    const bytes = place.kind === 'object' ? await storedVector(target, key, vector) : place.bytes
    let count = 0
    for (const container of deletedRows(bytes, { cardinality: vector.cardinality, table: target.url, file })) {
      count += container.count
    }
    return count === vector.cardinality
  } catch (error) {
    if (!(error instanceof PlatformError && error.code === 'TABLE_CORRUPT')) throw error
    const message = `the deletion vector of ${file} at the target is damaged: ${error.message}; ${REPLACE_IT}`
    findings.add({ kind: 'file_damaged', side: 'target', key, message })
    return false
  }
}

async function storedVector(target: ObjectStore, key: string, vector: DeletionVector): Promise<Uint8Array> {
  const bytes = await target.getRange(key, vectorRange(vector))
  return vectorInFile(bytes ?? new Uint8Array(0), { ...vector, offset: 0 }, { root: target.url, key })
}
