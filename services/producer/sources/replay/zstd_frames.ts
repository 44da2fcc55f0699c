// Decompresses zstd input of any number of frames. node:zlib's stream ends at the end of the first frame that does not
// end with a chunk, and drops the rest without a word; pzstd, appended files and skippable frames have several (RFC
// 8878, 3.1).

import { createZstdDecompress } from 'node:zlib'
import { REPLAY_CHUNK_BYTES } from '#services/producer/limits'

/** The content of all frames, in order. Throws what zlib throws when the input is broken or ends too early. */
export async function* decompressZstd(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = input[Symbol.asyncIterator]()
  let rest: Buffer | null = null
  try {
    for (;;) {
      rest ??= await nextOf(chunks)
      if (rest === null) return
      rest = yield* decompressUntilEnd(rest, chunks)
    }
  } finally {
    await chunks.return?.()
  }
}

/** Decompresses until zlib ends; returns what it did not take of the last chunk. */
async function* decompressUntilEnd(
  first: Buffer,
  chunks: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer, Buffer | null> {
  const decoder = createZstdDecompress({ chunkSize: REPLAY_CHUNK_BYTES })
  let rest: Buffer | null = null
  const feed = async () => {
    let fed = 0
    for (let chunk: Buffer | null = first; chunk !== null; chunk = await nextOf(chunks)) {
      fed += chunk.length
      // The callback comes when the chunk is used up: only then is it known whether zlib has left something of it.
      if (await failed((done) => decoder.write(chunk, done))) return
      const left = fed - decoder.bytesWritten
      if (left > 0) {
        rest = chunk.subarray(chunk.length - left)
        return
      }
    }
    decoder.end()
  }
  const fed = feed().catch((error: unknown) => void decoder.destroy(error as Error))
  for await (const content of decoder) yield content as Buffer
  await fed
  return rest
}

function failed(write: (done: (error?: Error | null) => void) => void): Promise<boolean> {
  return new Promise((resolve) => write((error) => resolve(error !== undefined && error !== null)))
}

async function nextOf(chunks: AsyncIterator<Buffer>): Promise<Buffer | null> {
  for (;;) {
    const next = await chunks.next()
    if (next.done) return null
    if (next.value.length > 0) return next.value
  }
}
