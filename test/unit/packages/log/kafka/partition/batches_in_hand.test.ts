// What a run holds of fetched batches: bytes by the answers they came in, and turns.

import { describe, expect, test } from 'vitest'
import type { FetchedBatch } from '#log/kafka/kafkajs/fetched_batch'
import { BatchesInHand } from '#log/kafka/partition/batches_in_hand'

function batchIn(answer: ArrayBuffer, partition: number): FetchedBatch {
  const bytes = new Uint8Array(answer, 0, 1)
  const rawMessages = [{ offset: '0', bytes, aborted: [] }]
  return { topic: 't', partition, highWatermark: '1', fetchedOffset: '0', rawMessages }
}

/** Whether a promise has resolved, once all that is due has run. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  void promise.then(() => {
    done = true
  })
  await new Promise(setImmediate)
  return done
}

describe('the batches in hand', () => {
  test('count each answer once and whole, until the last of its batches is done with', async () => {
    const inHand = new BatchesInHand({ readAheadBytesMax: 100, partitionsAtOnceMax: 8 })
    const [one, other] = [new ArrayBuffer(80), new ArrayBuffer(30)]
    const batches = [batchIn(one, 0), batchIn(one, 1), batchIn(other, 2)] as const
    for (const batch of batches) inHand.take(batch)
    expect(inHand.bytes).toBe(110)
    const room = inHand.room(() => true)
    const none = inHand.none()
    inHand.release(batches[0])
    expect([inHand.bytes, await isDone(room)]).toEqual([110, false])
    inHand.release(batches[1])
    expect([inHand.bytes, await isDone(room), await isDone(none)]).toEqual([30, true, false])
    inHand.release(batches[2])
    expect([inHand.bytes, await isDone(none)]).toEqual([0, true])
  })

  test('wait for the condition of the caller, too, and an answer above the limit is no deadlock', async () => {
    const inHand = new BatchesInHand({ readAheadBytesMax: 10, partitionsAtOnceMax: 8 })
    const [large, small] = [batchIn(new ArrayBuffer(1_000), 0), batchIn(new ArrayBuffer(1), 0)]
    let hasRoom = false
    inHand.take(large)
    inHand.take(small)
    const room = inHand.room(() => hasRoom)
    inHand.release(large)
    expect(await isDone(room)).toBe(false)
    hasRoom = true
    inHand.release(small)
    expect(await isDone(room)).toBe(true)
  })

  test('are worked on at once by no more than the limit, in the order of asking, failures included', async () => {
    const inHand = new BatchesInHand({ readAheadBytesMax: 10, partitionsAtOnceMax: 2 })
    const seen: number[] = []
    const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>())
    const works = gates.map((gate, index) =>
      inHand.inTurn(() => {
        seen.push(index)
        return gate.promise
      }),
    )
    expect(seen).toEqual([0, 1])
    gates[1]?.reject(new Error('failed'))
    await expect(works[1]).rejects.toThrow('failed')
    await isDone(works[0] as Promise<void>)
    expect(seen).toEqual([0, 1, 2])
    for (const gate of gates) gate.resolve()
    await Promise.all([works[0], works[2], works[3]])
    expect(seen).toEqual([0, 1, 2, 3])
  })
})
