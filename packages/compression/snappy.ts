// Unpacks Snappy: literals and copies of what is unpacked already. Invariant: every element reads bytes that are there
// and fits into the length that was announced, so that damaged bytes end in an error and never in a loop. Source:
// google/snappy, format_description.txt (raw format).

/** A copy of three bytes makes 64 at most, so that whatever promises more than this is damaged. */
const EXPANSION_MAX = 64

/** The unpacked bytes, as many as announced. Throws when the input holds other. */
export function unpackSnappy(input: Uint8Array, outputLength: number): Uint8Array {
  if (outputLength > input.length * EXPANSION_MAX) throw new Error('Snappy data promises more than it can hold')
  const output = new Uint8Array(outputLength)
  let [from, to] = [preambleLength(input), 0]
  while (from < input.length) {
    const tag = input[from++] as number
    const kind = tag & 3
    const extra = kind === 0 ? literalExtra(tag) : kind === 3 ? 4 : kind
    if (from + extra > input.length) throw new Error('Snappy data ends early')
    const number = littleEndian(input, from, extra)
    from += extra
    const length =
      kind === 0 ? (extra === 0 ? tag >> 2 : number) + 1 : kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    if (to + length > outputLength) throw new Error('Snappy data is longer than announced')
    if (kind === 0) {
      if (from + length > input.length) throw new Error('Snappy data ends early')
      output.set(input.subarray(from, from + length), to)
      from += length
    } else copyBack(output, { to, length, distance: kind === 1 ? ((tag >> 5) << 8) + number : number })
    to += length
  }
  if (to !== outputLength) throw new Error('Snappy data is shorter than announced')
  return output
}

/** A copy that overlaps itself repeats what it has just written. */
function copyBack(
  output: Uint8Array,
  { to, length, distance }: { to: number; length: number; distance: number },
): void {
  if (distance === 0 || distance > to) throw new Error('Snappy data copies from before its beginning')
  if (distance >= length) output.copyWithin(to, to - distance, to - distance + length)
  else for (let i = to; i < to + length; i++) output[i] = output[i - distance] as number
}

/** Bytes that follow the tag of a literal and hold its length. */
function literalExtra(tag: number): number {
  return Math.max(0, (tag >> 2) - 59)
}

/** The length that the input announces. Throws when it has none. */
export function snappyLength(input: Uint8Array): number {
  let length = 0
  for (let at = 0; at < preambleLength(input); at++) length += ((input[at] as number) & 0x7f) * 2 ** (7 * at)
  return length
}

/** The length comes first, as a varint. */
function preambleLength(input: Uint8Array): number {
  const last = input.subarray(0, 5).findIndex((byte) => byte < 0x80)
  if (last < 0) throw new Error('Snappy data has no length')
  return last + 1
}

function littleEndian(input: Uint8Array, at: number, length: number): number {
  let value = 0
  for (let i = 0; i < length; i++) value += (input[at + i] as number) * 2 ** (8 * i)
  return value
}
