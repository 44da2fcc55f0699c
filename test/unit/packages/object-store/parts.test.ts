// Cutting an object into the parts of an upload, and sending them: nothing lost, nothing out of order, few at a time.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sendParts, upload } from '#object-store/parts'

const PART_BYTES = 8

/** A source that knows whether it was closed, and how much was asked of it. */
function sourceOf(pieces: readonly Uint8Array[], failure?: Error) {
  const seen = { asked: 0, closed: false }
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      for (const piece of pieces) {
        seen.asked++
        yield piece
      }
      if (failure !== undefined) throw failure
    } finally {
      seen.closed = true
    }
  }
  return { seen, bytes: bytes() }
}

interface Taken {
  readonly kind: 'whole' | 'parts'
  readonly parts: readonly Uint8Array[]
}

async function partsOf(source: AsyncIterable<Uint8Array>): Promise<Taken> {
  return upload<Taken>(
    source,
    {
      whole: async (body) => ({ kind: 'whole', parts: [body] }),
      async inParts(parts) {
        const taken: Uint8Array[] = []
        for await (const part of parts) taken.push(Uint8Array.from(part))
        return { kind: 'parts', parts: taken }
      },
    },
    PART_BYTES,
  )
}

const bytesOf = (...sizes: number[]) => sizes.map((size, at) => new Uint8Array(size).fill(at + 1))

describe('an upload', () => {
  test('has parts of one size but for the last, and every byte in its place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 3 * PART_BYTES })), async (pieces) => {
        const { kind, parts } = await partsOf(sourceOf(pieces).bytes)
        const content = Buffer.concat(pieces)
        expect(Buffer.concat(parts)).toEqual(content)
        expect(kind).toBe(content.byteLength > PART_BYTES ? 'parts' : 'whole')
        for (const part of parts.slice(0, -1)) expect(part.byteLength).toBe(PART_BYTES)
        if (kind === 'parts') expect(parts.at(-1)?.byteLength).toBeGreaterThan(0)
      }),
    )
  })

  test.each(['whole', 'inParts'] as const)('closes its source when it fails (%s)', async (way) => {
    const source = sourceOf(way === 'whole' ? bytesOf(1) : bytesOf(8, 8, 8, 8))
    const refused = () => Promise.reject(new Error('refused'))
    await expect(upload(source.bytes, { whole: refused, inParts: refused }, PART_BYTES)).rejects.toThrow('refused')
    expect(source.seen.closed).toBe(true)
    expect(source.seen.asked).toBeLessThanOrEqual(2)
  })

  test('passes on what its source throws', async () => {
    const failure = new Error('no more')
    for (const sizes of [[], [1], [8, 8, 8]]) {
      await expect(partsOf(sourceOf(bytesOf(...sizes), failure).bytes)).rejects.toBe(failure)
    }
  })
})

describe('sending parts', () => {
  test('gives the results in their order, whichever is answered first, three on their way at most', async () => {
    let underWay = 0
    let most = 0
    const sizes = Array.from({ length: 12 }, (_, at) => at + 1)
    const results = await sendParts(sourceOf(bytesOf(...sizes)).bytes, async (part, at) => {
      most = Math.max(most, ++underWay)
      for (let turns = (at * 7) % 5; turns > 0; turns--) await new Promise(setImmediate)
      underWay--
      return part.byteLength
    })
    expect(results).toEqual(sizes)
    expect(most).toBe(3)
  })

  test('sends no more after a failure, and throws it when nothing is on its way', async () => {
    let underWay = 0
    const source = sourceOf(bytesOf(...Array<number>(20).fill(1)))
    const sending = sendParts(source.bytes, async (_, at) => {
      underWay++
      for (let turns = 0; turns < at; turns++) await new Promise(setImmediate)
      underWay--
      if (at === 1) throw new Error('refused')
    })
    await expect(sending).rejects.toThrow('refused')
    expect(underWay).toBe(0)
    expect(source.seen).toMatchObject({ closed: true })
    expect(source.seen.asked).toBeLessThan(6)
  })

  test('waits for what is on its way before it passes on that the parts failed', async () => {
    let done = 0
    const failure = new Error('no more')
    const sending = sendParts(sourceOf(bytesOf(1, 1), failure).bytes, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      done++
    })
    await expect(sending).rejects.toBe(failure)
    expect(done).toBe(2)
  })
})
