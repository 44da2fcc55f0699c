// What is asked of a coordinator and how its answers are taken, byte by byte as OffsetFetch version 7 has them.

import { expect, test } from 'vitest'
import { compactArray, compactString, int32, NO_TAGS } from '#log/kafka/cluster/flexible_message'
import { decidedOffsets } from '#log/kafka/cluster/group_offsets'
import type { RawCluster, RawRequest } from '#log/kafka/cluster/raw_cluster'
import { KAFKA_LIMITS } from '#log/kafka/kafka_log'
import { silentLogger } from '#runtime/logger'
import { steppingClock } from '#support/delta/delta_table'

const UNSTABLE = 88

interface Answered {
  readonly partition: number
  readonly at?: number
  readonly metadata?: string
  readonly error?: number
}

function answerOf(partitions: readonly Answered[], error: number): Buffer {
  const partsOf = ({ partition, at = -1, metadata = '', error: own = 0 }: Answered) => [
    int32(partition),
    int64(at),
    int32(-1),
    compactString(metadata),
    int16(own),
    NO_TAGS,
  ]
  const topics = compactArray(['quotes'], (topic) => [compactString(topic), compactArray(partitions, partsOf), NO_TAGS])
  return Buffer.concat([NO_TAGS, int32(0), topics, int16(error), NO_TAGS])
}

/** Group g, topic quotes, these partitions, and that stable offsets are wanted. */
function requestFor(...partitions: readonly number[]): string {
  const numbers = partitions.map((each) => each.toString(16).padStart(8, '0')).join('')
  const count = (partitions.length + 1).toString(16).padStart(2, '0')
  return `9 v7 0002670207${Buffer.from('quotes').toString('hex')}${count}${numbers}000100`
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

interface Answer {
  readonly partitions: readonly Answered[]
  readonly error?: number
}

/** Asks a coordinator of three partitions that gives these answers, one after the other, and the last one for ever. */
function ask(...answers: readonly Answer[]) {
  return askFor({}, ...answers)
}

function askFor(wish: { partitions?: readonly number[]; stopAfter?: number }, ...answers: readonly Answer[]) {
  const requests: string[] = []
  const warnings: { readonly message: string | undefined; readonly after: number }[] = []
  const stop = new AbortController()
  const send = async <T>({ request, response }: RawRequest<T>): Promise<T> => {
    requests.push(`${request.apiKey} v${request.apiVersion} ${(await request.encode()).buf.toString('hex')}`)
    if (requests.length === wish.stopAfter) stop.abort()
    const { partitions, error = 0 } = answers[Math.min(requests.length, answers.length) - 1] ?? { partitions: [] }
    return response.parse(await response.decode(answerOf(partitions, error)))
  }
  const cluster = {
    addMultipleTargetTopics: async () => {},
    refreshMetadataIfNecessary: async () => {},
    findTopicPartitionMetadata: () => [0, 1, 2].map((partitionId) => ({ partitionId, leader: 0 })),
    findGroupCoordinator: async () => ({ connectionPool: { send } }),
  } as unknown as RawCluster
  const clock = steppingClock()
  const begun = clock.now()
  const warn = (_: unknown, message?: string) => {
    warnings.push({ message, after: clock.now() - begun })
  }
  const client = { clock, limits: KAFKA_LIMITS, logger: { ...silentLogger, warn } }
  const of = { group: 'g', topic: 'quotes', signal: stop.signal, partitions: wish.partitions }
  const offsets = decidedOffsets({ client, ask: (question) => question(cluster) }, of)
  return { offsets, requests, warnings }
}

test('stable offsets of all partitions are asked for; one without an offset is absent', async () => {
  const { offsets, requests } = ask({
    partitions: [{ partition: 0, at: 2 ** 40, metadata: 'up to here' }, { partition: 1 }, { partition: 2, at: 0 }],
  })
  expect(await offsets).toEqual(
    new Map([
      [0, { offset: 2 ** 40, metadata: 'up to here' }],
      [2, { offset: 0, metadata: '' }],
    ]),
  )
  expect(requests).toEqual([requestFor(0, 1, 2)])
})

test('only partitions that are undecided are asked for again, until they are decided', async () => {
  const { offsets, requests } = ask(
    {
      partitions: [
        { partition: 0, at: 5 },
        { partition: 1, error: UNSTABLE },
        { partition: 2, error: UNSTABLE },
      ],
    },
    {
      partitions: [
        { partition: 1, at: 7 },
        { partition: 2, error: UNSTABLE },
      ],
    },
    { partitions: [{ partition: 2, at: 8 }] },
  )
  expect([...(await offsets)].map(([partition, each]) => [partition, each.offset])).toEqual([
    [0, 5],
    [1, 7],
    [2, 8],
  ])
  expect(requests).toEqual([requestFor(0, 1, 2), requestFor(1, 2), requestFor(2)])
})

test('what stays undecided is an error that may pass', async () => {
  const { offsets, requests } = ask({ partitions: [{ partition: 1, error: UNSTABLE }] })
  const message = 'a transaction of group g in quotes, partition 1, is not decided after 90000 ms'
  await expect(offsets).rejects.toThrow(message)
  await expect(offsets).rejects.toMatchObject({ code: 'LOG_FAILED', retryable: true })
  expect(requests.length).toBeGreaterThan(90_000 / KAFKA_LIMITS.undecidedDelayMaxMs)
})

test('a wait is said once, after a second', async () => {
  const undecided = { partitions: [{ partition: 1, error: UNSTABLE }] }
  const { offsets, warnings } = ask(...Array(20).fill(undecided), { partitions: [{ partition: 1, at: 7 }] })
  await offsets
  const message = expect.stringMatching(/^waiting for a transaction of group g in quotes, partition 1, that the broker/)
  expect(warnings).toEqual([{ message, after: expect.any(Number) }])
  expect(warnings[0]?.after).toBeGreaterThanOrEqual(KAFKA_LIMITS.undecidedSaidMs)
  expect(warnings[0]?.after).toBeLessThan(KAFKA_LIMITS.undecidedSaidMs + KAFKA_LIMITS.undecidedDelayMaxMs)
})

test('a wait that ends soon is not worth a word', async () => {
  const undecided = { partitions: [{ partition: 1, error: UNSTABLE }] }
  const { offsets, warnings } = ask(undecided, undecided, { partitions: [{ partition: 1, at: 7 }] })
  await offsets
  expect(warnings).toEqual([])
})

test('a wait ends when it is told to', async () => {
  const { offsets, requests } = askFor({ stopAfter: 2 }, { partitions: [{ partition: 1, error: UNSTABLE }] })
  await expect(offsets).rejects.toMatchObject({ code: 'STOPPED' })
  expect(requests).toHaveLength(2)
})

test('who wants one partition waits for no other', async () => {
  const { offsets, requests } = askFor({ partitions: [2] }, { partitions: [{ partition: 2, at: 8 }] })
  expect([...(await offsets).keys()]).toEqual([2])
  expect(requests).toEqual([requestFor(2)])
})

test.each([
  { error: 14, code: 'LOG_FAILED', retryable: true },
  { error: 16, code: 'LOG_FAILED', retryable: true },
  { error: 29, code: 'LOG_AUTH_FAILED', retryable: false },
  { error: 30, code: 'LOG_AUTH_FAILED', retryable: false },
  { error: 25, code: 'LOG_FAILED', retryable: false },
])('error $error of the group is $code', async ({ error, code, retryable }) => {
  await expect(ask({ partitions: [], error }).offsets).rejects.toMatchObject({ code, retryable })
})

test('an error of a partition is no offset', async () => {
  const { offsets } = ask({
    partitions: [
      { partition: 0, at: 3 },
      { partition: 1, error: 3 },
    ],
  })
  await expect(offsets).rejects.toMatchObject({ code: 'LOG_FAILED', retryable: false })
})

test('a wait is longer than any transaction may last', () => {
  expect(KAFKA_LIMITS.undecidedMs).toBeGreaterThan(KAFKA_LIMITS.transactionTimeoutMs)
})
