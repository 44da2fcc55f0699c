// A table of another engine in a folder: two Parquet files whose deletion vectors stand in one file, and a third with
// its vector in the log.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addRows, writeForeignLog } from '#support/delta/foreign_table'
import { encodeRows, encodeZ85, vectorFile } from '#support/delta/roaring_encoder'
import { temporaryFolder } from '#support/temporary_folder'

const features = ['deletionVectors']
const protocol = { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: features, writerFeatures: features }
const schema = { type: 'struct', fields: [{ name: 'n', type: 'long', nullable: true, metadata: {} }] }

/** Rows of each of the three files. */
const ROWS = 1_000
/** Which of them each vector deletes. */
const DELETED = [[7], [1, 2, 3], [0, ROWS - 1]] as const

/** Rows that the table has left. */
export const VECTOR_TABLE_ROWS = 3 * ROWS - DELETED.flat().length

/** Where the file with the two vectors is: its UUID in base 85 and in full, behind a folder's name. */
export const VECTOR_KEY = 'ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin'
const VECTOR_NAME = 'ab^-aqEH.-t@S}K{vb[*k^'

/** Makes it, and gives its folder. `stats` false leaves the files without a count of rows. */
export async function vectorTable({ stats = true }: { readonly stats?: boolean } = {}): Promise<string> {
  const folder = temporaryFolder()
  const vectors = DELETED.map((rows) => encodeRows(rows))
  const { file, offsets } = vectorFile(vectors.slice(0, 2))
  mkdirSync(join(folder, 'ab'))
  writeFileSync(join(folder, VECTOR_KEY), file)
  const actions: object[] = []
  for (const [i, vector] of vectors.entries()) {
    const place =
      i < 2
        ? { storageType: 'u', pathOrInlineDv: VECTOR_NAME, offset: offsets[i] }
        : { storageType: 'i', pathOrInlineDv: encodeZ85(vector) }
    const deletionVector = { ...place, sizeInBytes: vector.length, cardinality: DELETED[i]?.length }
    const more = { deletionVector, ...(stats ? { stats: JSON.stringify({ numRecords: ROWS }) } : {}) }
    const rows = `SELECT ${i * ROWS} + i AS n FROM range(${ROWS}) t(i)`
    actions.push(await addRows(folder, { path: `part-${i}.parquet`, rows, more }))
  }
  writeForeignLog(folder, { schema, protocol, actions })
  return folder
}
