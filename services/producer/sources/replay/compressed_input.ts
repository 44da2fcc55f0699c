// What is wrong with compressed input that cannot be decompressed. zlib says the same of a file that never was gzip and
// of bytes behind the end of one that is; the first bytes tell them apart (RFC 1952, 2.3.1; RFC 8878, 3.1).

/** The formats, by the ending of a file's name in lower case. */
export const FORMATS = { '.gz': 'gzip', '.zst': 'zstd' } as const

export type Format = (typeof FORMATS)[keyof typeof FORMATS]

/** The format that a name promises; null for none. */
export function formatOf(file: string): Format | null {
  const name = file.toLowerCase()
  for (const [ending, format] of Object.entries(FORMATS)) if (name.endsWith(ending)) return format
  return null
}

/** Input that is not, or not wholly, what its name promises. */
export class DamagedInput extends Error {
  override readonly name = 'DamagedInput'
  readonly format: Format
  readonly damage: 'other_format' | 'followed' | 'checksum' | 'cut' | 'broken'

  constructor(format: Format, damage: DamagedInput['damage'], cause: Error) {
    super(cause.message, { cause })
    this.format = format
    this.damage = damage
  }
}

/** Decompresses; failures of the decompressor become DamagedInput, all others stay as they are. */
export async function* explained(
  raw: AsyncIterable<Buffer>,
  format: Format,
  decompress: (raw: AsyncIterable<Buffer>) => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let head: Buffer = Buffer.alloc(0)
  async function* watched() {
    for await (const chunk of raw) {
      if (head.length < MAGIC_BYTES) head = Buffer.concat([head, chunk.subarray(0, MAGIC_BYTES)])
      yield chunk
    }
  }
  try {
    yield* decompress(watched())
  } catch (error) {
    const damage = damageOf(error, isBegun(head, format))
    throw damage === null ? error : new DamagedInput(format, damage, error as Error)
  }
}

const MAGIC_BYTES = 4

function isBegun(head: Buffer, format: Format): boolean {
  if (format === 'gzip') return head[0] === 0x1f && head[1] === 0x8b
  if (head.length < MAGIC_BYTES) return false
  const magic = head.readUInt32LE()
  // A frame, or one to be skipped.
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50
}

function damageOf(error: unknown, isBegun: boolean): DamagedInput['damage'] | null {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (!code.startsWith('Z_') && !code.startsWith('ZSTD_')) return null
  if (!isBegun) return code === 'Z_BUF_ERROR' ? 'cut' : 'other_format'
  if (code === 'Z_BUF_ERROR') return 'cut'
  if (code === 'ZSTD_error_prefix_unknown' || message === 'incorrect header check') return 'followed'
  if (code === 'ZSTD_error_checksum_wrong' || /incorrect (data|length) check/.test(message)) return 'checksum'
  return 'broken'
}
