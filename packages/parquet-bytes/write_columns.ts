// A Parquet file in memory, from columns of JavaScript values and an explicit schema. Structs are objects, maps objects
// or Maps, lists arrays, 64-bit integers bigint, null and absent values undefined or null.

import type { SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { COMPRESSORS } from '#parquet-bytes/codecs'

/** A top-level column; all columns of a file have as many values. */
export interface ParquetColumn {
  readonly name: string
  readonly data: readonly unknown[]
}

/** What a file is made of. */
export interface ColumnsToWrite {
  /** In preorder, the root first. */
  readonly schema: readonly SchemaElement[]
  readonly columns: readonly ParquetColumn[]
  readonly createdBy: string
  /** Rows after which others get their turn: encoding is work that nothing interrupts. */
  readonly rowGroupSize: number
}

/** The file's bytes, compressed by Zstandard. */
export async function writeParquetColumns({
  schema,
  columns,
  createdBy,
  rowGroupSize,
}: ColumnsToWrite): Promise<Uint8Array> {
  const writer = new YieldingWriter()
  const parquet = new ParquetWriter({
    writer,
    schema: [...schema],
    codec: 'ZSTD',
    compressors: COMPRESSORS,
    statistics: false,
    createdBy,
  })
  const columnData = columns.map(({ name, data }) => ({ name, data: data as unknown[] }))
  await parquet.write({ columnData, rowGroupSize })
  await parquet.finish()
  return writer.getBytes()
}

/** Lets the event loop turn between row groups. */
class YieldingWriter extends ByteWriter {
  flush(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }
}

/** A value of a primitive type, or a group of what follows it. */
export type { SchemaElement } from 'hyparquet'
