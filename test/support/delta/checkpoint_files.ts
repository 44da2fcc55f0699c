// Checkpoints of kinds that we only read, made from a snapshot: V2 with sidecars, multi-part, and other compressions.

import { gzipSync } from 'node:zlib'
import { parquetReadObjects } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { CHECKPOINT_COLUMNS, CHECKPOINT_SCHEMA } from '#delta/checkpoint/schema'
import { DECOMPRESSORS } from '#parquet-bytes/codecs'
import type { SchemaElement } from '#parquet-bytes/write_columns'

type Row = Readonly<Record<string, unknown>>

const SIDECAR_SCHEMA: readonly SchemaElement[] = [
  { name: 'sidecar', repetition_type: 'OPTIONAL', num_children: 2 },
  { name: 'path', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  { name: 'sizeInBytes', repetition_type: 'OPTIONAL', type: 'INT64' },
  { name: 'checkpointMetadata', repetition_type: 'OPTIONAL', num_children: 1 },
  { name: 'version', repetition_type: 'OPTIONAL', type: 'INT64' },
]

/** The rows of a checkpoint of ours, each with the one column that it has. */
export async function rowsOfCheckpoint(bytes: Uint8Array): Promise<Row[]> {
  const file = bytes.slice().buffer
  const rows = await parquetReadObjects({ file, compressors: DECOMPRESSORS })
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)))
}

/** A checkpoint file of these rows; the columns of V2 checkpoints are in its schema, too. */
export function checkpointFile(rows: readonly Row[], codec: 'SNAPPY' | 'GZIP' | 'UNCOMPRESSED' = 'SNAPPY'): Uint8Array {
  const names = [...CHECKPOINT_COLUMNS, 'sidecar', 'checkpointMetadata']
  const [, ...fields] = CHECKPOINT_SCHEMA
  const schema = [{ name: 'root', num_children: names.length }, ...fields, ...SIDECAR_SCHEMA]
  const writer = new ByteWriter()
  const parquet = new ParquetWriter({ writer, schema, codec, compressors: { GZIP: (input) => gzipSync(input) } })
  parquet.write({ columnData: names.map((name) => ({ name, data: rows.map((row) => row[name]) })) })
  parquet.finish()
  return writer.getBytes().slice()
}
