// How many rows a Parquet file has, by its footer alone. Field numbers are those of parquet.thrift, FileMetaData.

import { FOOTER_END_BYTES } from '#parquet-bytes/file_check'
import { type RangedFile, readFooter } from '#parquet-bytes/footer'
import { readThriftStruct, type ThriftStruct } from '#parquet-bytes/thrift'

const NUM_ROWS_FIELD = 3

/** Rows of the file. Throws an Error that says why when the file does not end as a Parquet file does. */
export async function parquetRowCount(file: RangedFile): Promise<number> {
  const footer = await readFooter(file)
  return rowsOf(footerOf(footer.subarray(0, footer.length - FOOTER_END_BYTES)))
}

function footerOf(bytes: Uint8Array): ThriftStruct {
  try {
    return readThriftStruct({ view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 })
  } catch (cause) {
    throw new Error('its footer is damaged', { cause })
  }
}

function rowsOf(footer: ThriftStruct): number {
  const rows = Number(footer.get(NUM_ROWS_FIELD) ?? Number.NaN)
  if (Number.isSafeInteger(rows) && rows >= 0) return rows
  throw new Error('its footer does not say how many rows it has')
}
