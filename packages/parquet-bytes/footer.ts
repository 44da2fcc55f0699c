// The footer of a Parquet file that is somewhere else: its last bytes are read, and the rest of the file is not.
// Source: the Parquet format's README (File format).

import { parquetSchema } from 'hyparquet'
import { FOOTER_END_BYTES, soundMetadata } from '#parquet-bytes/file_check'

/** A file somewhere, and how to get some of its bytes: fewer than `length` where it ends. */
export interface RangedFile {
  readonly size: number
  read(range: { readonly offset: number; readonly length: number }): Promise<Uint8Array>
}

/** Holds most footers whole, so that one read is enough; a file with many columns and row groups takes two. */
const TAIL_BYTES = 64 * 1024

/** The largest footer that is read. Files with thousands of columns stay far below; a damaged length is often above. */
const FOOTER_BYTES_MAX = 64 * 1024 * 1024

/** The footer, and what ends the file behind it. Throws an Error that says why when it does not end as Parquet does. */
export async function readFooter(file: RangedFile): Promise<Uint8Array> {
  if (file.size < FOOTER_END_BYTES) throw new Error(`it has only ${file.size} bytes`)
  const tail = await lastBytes(file, Math.min(TAIL_BYTES, file.size))
  const length = footerLength(tail, file.size) + FOOTER_END_BYTES
  return length <= tail.length ? tail.subarray(tail.length - length) : lastBytes(file, length)
}

/** The names of the file's columns, those of the top level. Throws an Error that says why when there is no footer. */
export async function parquetColumnNames(file: RangedFile): Promise<readonly string[]> {
  return parquetSchema(soundMetadata(await readFooter(file))).children.map(({ element }) => element.name)
}

async function lastBytes({ size, read }: RangedFile, length: number): Promise<Uint8Array> {
  const bytes = await read({ offset: size - length, length })
  if (bytes.length !== length) throw new Error(`it ends before byte ${size}`)
  return bytes
}

function footerLength(tail: Uint8Array, size: number): number {
  const end = tail.subarray(-FOOTER_END_BYTES)
  const magic = new TextDecoder('latin1').decode(end.subarray(4))
  if (magic === 'PARE') throw new Error('its footer is encrypted')
  if (magic !== 'PAR1') throw new Error('it does not end as a Parquet file does')
  const length = new DataView(end.buffer, end.byteOffset).getUint32(0, true)
  const lengthMax = Math.min(size - FOOTER_END_BYTES, FOOTER_BYTES_MAX)
  if (length > lengthMax) throw new Error(`its footer cannot have ${length} bytes`)
  return length
}
