// A body becomes one piece of memory, whatever it comes in, and what it came in is freed.

import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readBody } from '#object-store/http/body'

const OBJECT = { store: 's3://bucket', key: 'a' }

/** Chunks with buffers of their own, as a connection gives them. */
const chunksOf = (parts: readonly Uint8Array[]) => parts.map((part) => Buffer.from(part.slice().buffer))
const streamOf = (chunks: readonly Buffer[]) => Readable.from(chunks, { objectMode: false })

describe('a body', () => {
  test('is what its chunks are together, whether its length is told or not', async () => {
    const parts = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(parts, fc.boolean(), async (bytes, isTold) => {
        const whole = Buffer.concat(bytes)
        const length = isTold ? whole.byteLength : undefined
        const body = await readBody({ ...OBJECT, body: streamOf(chunksOf(bytes)), length })
        expect(Buffer.compare(body, whole)).toBe(0)
      }),
    )
  })

  test('frees each chunk that has a buffer of its own', async () => {
    const chunks = chunksOf([new Uint8Array(1_000), new Uint8Array(70_000)])
    await readBody({ ...OBJECT, body: streamOf(chunks), length: 71_000 })
    expect(chunks.map((chunk) => chunk.byteLength)).toEqual([0, 0])
  })

  test('has a buffer of its own, so that it can be freed', async () => {
    const body = await readBody({ ...OBJECT, body: streamOf([Buffer.from('abc')]), length: 3 })
    expect([body.byteLength, body.buffer.byteLength]).toEqual([3, 3])
  })

  test('that is none has no bytes', async () => {
    expect((await readBody({ ...OBJECT, body: undefined, length: 0 })).byteLength).toBe(0)
    expect((await readBody({ ...OBJECT, body: streamOf([]), length: undefined })).byteLength).toBe(0)
  })

  test.each([2, 4])('of 3 bytes where %i were told is no object', async (length) => {
    const read = readBody({ ...OBJECT, body: streamOf([Buffer.from('abc')]), length })
    await expect(read).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true })
  })

  test.each([
    ['fails', (stream: Readable) => stream.destroy(new Error('no more'))],
    ['closes', (stream: Readable) => stream.destroy()],
  ])('whose connection %s amid it is no object', async (_name, end) => {
    const stream = new Readable({ read() {} })
    stream.push('abc')
    const read = readBody({ ...OBJECT, body: stream, length: undefined })
    setImmediate(() => end(stream))
    await expect(read).rejects.toThrow()
  })
})
