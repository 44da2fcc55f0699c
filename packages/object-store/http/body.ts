// The body of an answer, read into one piece of memory. What it comes in is freed as it comes.

import { finished } from 'node:stream/promises'
import { releaseBytes } from '#object-store/release_bytes'
import { PlatformError } from '#runtime/errors'

/** An answer that has an object, or a part of one. */
export interface ObjectAnswer {
  /** Undefined: there are no bytes. Nobody else may use what it gives. */
  readonly body: NodeJS.ReadableStream | undefined
  /** As its headers say, if they do. */
  readonly length: number | undefined
  /** Whose object it is, for the error. */
  readonly store: string
  readonly key: string
}

/** Reads the body. A connection that breaks amid it must not pass for a shorter object: throws STORE_FAILED. */
export async function readBody({ body, length, store, key }: ObjectAnswer): Promise<Uint8Array> {
  const bytes = await collected(body, length ?? 0)
  if (length === undefined || bytes.byteLength === length) return bytes
  const message = `${store}/${key} was cut short: ${bytes.byteLength} of ${length} bytes came; try again`
  throw new PlatformError('STORE_FAILED', message, { retryable: true, fields: { store, key } })
}

async function collected(body: NodeJS.ReadableStream | undefined, expected: number): Promise<Uint8Array> {
  let bytes: Uint8Array = Buffer.allocUnsafeSlow(expected)
  let filled = 0
  if (body === undefined) return bytes.subarray(0, 0)
  body.on('data', (chunk: Buffer) => {
    if (filled + chunk.byteLength > bytes.byteLength) bytes = grown(bytes, filled + chunk.byteLength)
    bytes.set(chunk, filled)
    filled += chunk.byteLength
    releaseBytes(chunk)
  })
  await finished(body)
  return bytes.subarray(0, filled)
}

/** An answer need not say how long it is. */
function grown(bytes: Uint8Array, needed: number): Uint8Array {
  const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * bytes.byteLength))
  larger.set(bytes)
  releaseBytes(bytes)
  return larger
}
