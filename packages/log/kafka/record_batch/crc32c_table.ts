// CRC-32C by a table, a byte at a time: for platforms that @node-rs/crc32 has no binary for. Source: RFC 3720,
// appendix B.4.

/** The polynomial with its bits reversed. */
const POLYNOMIAL = 0x82f63b78

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ ((rest & 1) * POLYNOMIAL)
  return rest
})

/** The checksum of the bytes, as an unsigned number. */
export function tableCrc32c(bytes: Uint8Array): number {
  let crc = -1
  for (let at = 0; at < bytes.length; at++) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[at] as number)) & 0xff] as number)
  }
  return ~crc >>> 0
}
