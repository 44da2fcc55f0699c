// Files that hold deletion vectors, one or more: a version, then each with its size and checksum. Source: PROTOCOL.md,
// Deletion Vector File Storage Format.

import { crc32 } from 'node:zlib'
import { damagedVector } from '#delta/deletion_vector/deletion_vector'
import type { DeletionVector } from '#delta/log/actions'

const FORMAT_VERSION = 1
/** The size before a vector, the checksum behind it. */
const FRAME_BYTES = 4

/** Where in its file a vector stands, size and checksum included: enough to read it without the rest of the file. */
export function vectorRange({ offset, sizeInBytes }: DeletionVector): { offset: number; length: number } {
  return { offset: offset ?? 0, length: FRAME_BYTES + sizeInBytes + FRAME_BYTES }
}

/**
 * The bytes of one vector of a file. Throws TABLE_CORRUPT when the file
 * is not what the log of the table at `root` says.
 */
export function vectorInFile(file: Uint8Array, vector: DeletionVector, at: { root: string; key: string }): Uint8Array {
  const { sizeInBytes } = vector
  const offset = vector.offset ?? 0
  const fault = (what: string) => damagedVector(at.root, at.key, what)
  const start = offset + FRAME_BYTES
  const end = start + sizeInBytes
  if (file.length < end + FRAME_BYTES) throw fault(`it ends before byte ${end + FRAME_BYTES}`)
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  // A vector at 0 stands without the version before it.
  if (offset > 0 && view.getUint8(0) !== FORMAT_VERSION) throw fault(`its format has the version ${view.getUint8(0)}`)
  if (view.getUint32(offset) !== sizeInBytes) throw fault(`it has ${view.getUint32(offset)} bytes, not ${sizeInBytes}`)
  const bytes = file.subarray(start, end)
  if (view.getUint32(end) !== crc32(bytes)) throw fault('its checksum is wrong')
  return bytes
}
