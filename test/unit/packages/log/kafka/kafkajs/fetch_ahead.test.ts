// Fetching ahead, from a broker of records that tells what it is asked: what is fetched ahead, and when it is used.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FetchAhead, type FetchAnswer, type FetchRequest } from '#log/kafka/kafkajs/fetch_ahead'
import { decodeFetched } from '#log/kafka/record_batch/decode_fetched'
import { recordBatchBytes } from '#support/log/record_batches'

const RECORDS_A_FETCH = 10

/** Partitions of a topic, and where each is to be read from. */
type Positions = Readonly<Record<number, number>>

function requestFor(positions: Positions): FetchRequest {
  const partitions = Object.entries(positions).map(([partition, offset]) => {
    return { partition: Number(partition), fetchOffset: String(offset) }
  })
  return { topics: [{ topic: 't', partitions }] }
}

function positionsIn({ topics }: FetchRequest): Positions {
  const partitions = topics.flatMap((each) => each.partitions)
  return Object.fromEntries(partitions.map(({ partition, fetchOffset }) => [partition, Number(fetchOffset)]))
}

/** Each partition has records up to its end. */
class Broker {
  readonly asked: Positions[] = []
  readonly ends: Positions
  refusal: Error | null = null

  constructor(ends: Positions) {
    this.ends = ends
  }

  readonly answer = async (request: FetchRequest): Promise<FetchAnswer> => {
    const positions = positionsIn(request)
    this.asked.push(positions)
    if (this.refusal !== null) throw this.refusal
    const partitions = Object.entries(positions).map(([partition, from]) => this.#partition(Number(partition), from))
    return { responses: [{ topicName: 't', partitions }] }
  }

  #partition(partition: number, from: number) {
    const end = this.ends[partition] as number
    const count = Math.min(end - from, RECORDS_A_FETCH)
    const records = Array.from({ length: Math.max(0, count) }, (_, offsetDelta) => ({ offsetDelta, value: 'v' }))
    const messages = count <= 0 ? [] : [{ bytes: recordBatchBytes({ baseOffset: from, records }) }]
    return { partition, lastStableOffset: String(end), messages }
  }
}

/** The offsets that an answer has of each partition. */
function offsetsIn({ responses }: FetchAnswer): [number, number[]][] {
  return responses.flatMap(({ partitions }) =>
    partitions.map(({ partition, messages }): [number, number[]] => {
      const found = messages.map(({ bytes }) => decodeFetched({ bytes, from: 0, aborted: [] }).columns)
      return [partition, found.flatMap(({ offsets, count }) => [...offsets.subarray(0, count)])]
    }),
  )
}

describe('fetching ahead', () => {
  test('asks for what follows while an answer is worked on, and hands that over once', async () => {
    const broker = new Broker({ 0: 25, 1: 5 })
    const fetching = new FetchAhead(broker.answer)
    await fetching.fetch(requestFor({ 0: 0, 1: 0 }))
    expect(broker.asked).toEqual([
      { 0: 0, 1: 0 },
      { 0: 10, 1: 5 },
    ])
    const second = await fetching.fetch(requestFor({ 0: 10, 1: 5 }))
    expect(offsetsIn(second)).toEqual([
      [0, [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]],
      [1, []],
    ])
    expect(broker.asked.length).toBe(3)
  })

  test('leaves it when all partitions are caught up', async () => {
    const broker = new Broker({ 0: 10, 1: 5 })
    await new FetchAhead(broker.answer).fetch(requestFor({ 0: 0, 1: 0 }))
    expect(broker.asked.length).toBe(1)
  })

  test.each([
    ['another offset', { 0: 9, 1: 10 }],
    ['one partition less', { 0: 10 }],
    ['one more', { 0: 10, 1: 10, 2: 0 }],
  ])('drops what is there when the positions are others: %s', async (_, positions) => {
    const broker = new Broker({ 0: 100, 1: 100, 2: 0 })
    const fetching = new FetchAhead(broker.answer)
    await fetching.fetch(requestFor({ 0: 0, 1: 0 }))
    const answer = await fetching.fetch(requestFor(positions))
    expect(broker.asked[2]).toEqual(positions)
    for (const [partition, offsets] of offsetsIn(answer)) {
      const from = (positions as Positions)[partition] as number
      if (partition !== 2) expect(offsets[0]).toBe(from)
    }
  })

  test('tells a failure once, and only if it is of the positions that are asked for', async () => {
    const broker = new Broker({ 0: 100 })
    const failedAhead = async () => {
      const fetching = new FetchAhead(broker.answer)
      const first = fetching.fetch(requestFor({ 0: 0 }))
      broker.refusal = new Error('no such topic')
      await first
      await new Promise(setImmediate)
      broker.refusal = null
      return fetching
    }
    const fetching = await failedAhead()
    await expect(fetching.fetch(requestFor({ 0: 10 }))).rejects.toThrow('no such topic')
    expect(offsetsIn(await fetching.fetch(requestFor({ 0: 10 })))[0]?.[1][0]).toBe(10)
    expect(offsetsIn(await (await failedAhead()).fetch(requestFor({ 0: 5 })))[0]?.[1][0]).toBe(5)
  })

  test('gives up by and by when what is fetched ahead is never asked for, and begins anew once it is', async () => {
    const broker = new Broker({ 0: 100_000 })
    const fetching = new FetchAhead(broker.answer)
    for (let turn = 0; turn < 200; turn++) await fetching.fetch(requestFor({ 0: 3 * turn }))
    const wasted = broker.asked.length - 200
    expect(wasted).toBeLessThan(15)
    let next = 1_000
    for (let turn = 0; turn < 200; turn++, next += RECORDS_A_FETCH) await fetching.fetch(requestFor({ 0: next }))
    const before = broker.asked.length
    for (let turn = 0; turn < 10; turn++, next += RECORDS_A_FETCH) await fetching.fetch(requestFor({ 0: next }))
    expect([broker.asked.length - before, broker.asked.at(-1)]).toEqual([10, { 0: next }])
  })

  test('stops at damaged bytes', async () => {
    const broker = new Broker({ 0: 100 })
    const fetching = new FetchAhead(async (request: FetchRequest) => {
      const answer = await broker.answer(request)
      answer.responses[0]?.partitions[0]?.messages[0]?.bytes.fill(0, 8, 12)
      return answer
    })
    await fetching.fetch(requestFor({ 0: 0 }))
    expect(broker.asked.length).toBe(1)
  })

  test('changes no answer, whatever is asked for', async () => {
    const positions = fc.dictionary(fc.constantFrom('0', '1', '2'), fc.integer({ min: 0, max: 40 }))
    const steps = fc.array(fc.oneof(fc.constant('on' as const), positions), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const [broker, plain] = [new Broker({ 0: 35, 1: 40, 2: 7 }), new Broker({ 0: 35, 1: 40, 2: 7 })]
        const fetching = new FetchAhead(broker.answer)
        let request = requestFor({ 0: 0, 1: 0, 2: 0 })
        for (const step of given) {
          if (step !== 'on') request = requestFor(step)
          const [answer, expected] = [await fetching.fetch(request), await plain.answer(request)]
          expect(offsetsIn(answer)).toEqual(offsetsIn(expected))
          request = requestFor(positionsAfter(request, expected))
        }
      }),
    )
  })
})

function positionsAfter(request: FetchRequest, answer: FetchAnswer): Positions {
  const read = offsetsIn(answer).map(([partition, offsets]) => [partition, (offsets.at(-1) ?? -1) + 1] as const)
  const after = read.filter(([, next]) => next > 0)
  return { ...positionsIn(request), ...Object.fromEntries(after) }
}
