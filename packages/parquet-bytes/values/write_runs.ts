// Levels and dictionary numbers as Parquet's runs: runs.ts, the other way. Source: parquet-format, Encodings.md, Run
// Length Encoding / Bit-Packing Hybrid.

const GROUP = 8

/** Bytes that a run may take. */
export function runBytesMax(count: number, width: number): number {
  return VARINT_BYTES_MAX + Math.max(4, Math.ceil(count / GROUP) * width)
}

const VARINT_BYTES_MAX = 5

/** Writes one value `count` times; returns where the run ends. */
export function writeRepeated(target: Uint8Array, at: number, run: { value: number; count: number; width: number }) {
  let next = writeVarint(target, at, run.count * 2)
  for (let bits = 0; bits < run.width; bits += 8) target[next++] = run.value >>> bits
  return next
}

/** What is packed: the first `count` of the values. */
export interface PackedRun {
  readonly values: ArrayLike<number>
  readonly count: number
  readonly width: number
}

/** Writes values of up to 16 bits, packed; returns where the run ends. */
export function writePacked(target: Uint8Array, at: number, { values, count, width }: PackedRun): number {
  const groups = Math.ceil(count / GROUP)
  let next = writeVarint(target, at, groups * 2 + 1)
  let [bits, have] = [0, 0]
  for (let i = 0; i < groups * GROUP; i++) {
    bits |= (i < count ? (values[i] as number) : 0) << have
    have += width
    while (have >= 8) {
      target[next++] = bits
      bits >>>= 8
      have -= 8
    }
  }
  return next
}

function writeVarint(target: Uint8Array, at: number, value: number): number {
  let [next, rest] = [at, value]
  while (rest > 0x7f) {
    target[next++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[next++] = rest
  return next
}
