// A partition reads ahead: the next fetch runs while a batch is worked on, within limits, and whatever voids the
// partition drops what waits.

import { describe, expect, test } from 'vitest'
import type { PartitionCommit, Processor, RecordBatch } from '#log/event_log'
import type { RunContext } from '#log/kafka/group/run_context'
import type { FetchedBatch } from '#log/kafka/kafkajs/fetched_batch'
import { KAFKA_LIMITS, type KafkaLimits } from '#log/kafka/limits'
import { AssignedPartition } from '#log/kafka/partition/assigned_partition'
import { BatchesInHand } from '#log/kafka/partition/batches_in_hand'
import { virtualClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { type Offset, offset } from '#runtime/units'
import { recordBatchBytes } from '#support/log/record_batches'

const AT = { topic: 'quotes', partition: 0 }
const LOG_END = 100
/** For unpacking 66 MiB on a busy machine. */
const UNPACK_TIMEOUT_MS = 60_000

/** A partition of a run, steered by hand: batches go in, and `pass` ends the work on one. */
class Rig {
  /** What was told to the processor and to kafkajs, in order. */
  readonly told: string[] = []
  readonly failures: unknown[] = []
  readonly stop = new AbortController()
  readonly clock = virtualClock(0)
  readonly inHand: BatchesInHand
  readonly partition: AssignedPartition
  /** Where the processor opens. */
  start = 0
  #gates: PromiseWithResolvers<void>[] = []

  constructor(limits: Partial<KafkaLimits> = {}) {
    const all = { ...KAFKA_LIMITS, ...limits }
    this.inHand = new BatchesInHand(all)
    const range = { ...AT, start: offset(0), end: offset(LOG_END) }
    const run = {
      client: {
        limits: all,
        clock: this.clock,
        logger: silentLogger,
        brokers: ['nowhere'],
        errorOf: (error: unknown) => error,
      },
      admin: {
        topics: async () => [{ topic: AT.topic, id: 'id', partitions: 1 }],
        committed: async () => new Map(),
        ranges: async () => [range],
      },
      options: { group: 'g', topics: [AT.topic], commit: 'offsets', signal: this.stop.signal },
      topicIds: new Map([[AT.topic, 'id']]),
      processor: this.#processor(),
      inHand: this.inHand,
      fetching: {
        seek: (_: unknown, position: number) => this.told.push(`seek ${position}`),
        pause: () => this.told.push('pause'),
        resume: () => this.told.push('resume'),
      },
      stopping: this.stop.signal,
      commitOffsets: async (commits: readonly PartitionCommit[]) => {
        for (const { next } of commits) this.told.push(`commit ${next}`)
      },
      reopen: () => {},
      fail: (error: unknown) => this.failures.push(error),
    }
    this.partition = new AssignedPartition(AT, run as unknown as RunContext)
  }

  /** An open partition, with nothing told yet. */
  static async open(limits: Partial<KafkaLimits> = {}): Promise<Rig> {
    const rig = new Rig(limits)
    rig.partition.assign()
    await settled()
    rig.told.length = 0
    return rig
  }

  /** What was told since the last call. */
  news(): string[] {
    return this.told.splice(0)
  }

  /** Ends the work on the batch that is worked on. */
  async pass(): Promise<void> {
    this.#gates.shift()?.resolve()
    await settled()
  }

  #processor(): Processor {
    return {
      open: async () => {
        this.told.push('open')
        return this.start as Offset
      },
      process: async ({ columns, first, next }: RecordBatch) => {
        this.told.push(`process ${columns.offsets[first]}`)
        const gate = Promise.withResolvers<void>()
        this.#gates.push(gate)
        await gate.promise
        return [{ ...AT, next, metadata: '', outputs: [] }]
      },
      tick: async () => {
        this.told.push('tick')
        return []
      },
      close: () => this.told.push('close'),
    }
  }
}

/** Whatever is due has run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
}

/** A batch of ten records. */
function batchAt(from: number, bytes = tenRecordsAt(from)): FetchedBatch {
  const rawMessages = [{ offset: '0', bytes, aborted: [] }]
  return { ...AT, highWatermark: String(LOG_END), fetchedOffset: String(from), rawMessages }
}

function tenRecordsAt(from: number): Buffer {
  const records = Array.from({ length: 10 }, (_, offsetDelta) => ({ offsetDelta, value: 'v' }))
  return recordBatchBytes({ baseOffset: from, records })
}

async function isTakenIn(taking: Promise<void>): Promise<boolean> {
  let done = false
  void taking.then(() => {
    done = true
  })
  await settled()
  return done
}

describe('a partition that reads ahead', () => {
  test('has the next batch fetched while one is worked on, and holds no more than its limit', async () => {
    const rig = await Rig.open()
    const taking = [0, 10].map((from) => rig.partition.process(batchAt(from))) as [Promise<void>, Promise<void>]
    expect([await isTakenIn(taking[0]), await isTakenIn(taking[1])]).toEqual([true, false])
    expect(rig.news()).toEqual(['seek 10', 'process 0', 'seek 20'])
    await rig.pass()
    expect(await isTakenIn(taking[1])).toBe(true)
    expect(rig.news()).toEqual(['commit 10', 'process 10'])
    await rig.pass()
    expect(rig.news()).toEqual(['commit 20'])
    expect([rig.partition.position, rig.partition.busy, rig.inHand.bytes]).toEqual([20, false, 0])
  })

  test('fetches nothing ahead once the run holds its bytes', async () => {
    const rig = await Rig.open({ readAheadBytesMax: 1 })
    const taking = rig.partition.process(batchAt(0))
    expect(await isTakenIn(taking)).toBe(false)
    await rig.pass()
    expect(await isTakenIn(taking)).toBe(true)
  })

  test('takes in only what begins where the queue ends', async () => {
    const rig = await Rig.open()
    void rig.partition.process(batchAt(0))
    expect(rig.news()).toEqual(['seek 10', 'process 0'])
    await rig.partition.process(batchAt(20))
    await rig.partition.process(batchAt(0))
    expect(rig.news()).toEqual(['seek 10', 'seek 10'])
    await rig.pass()
    expect(rig.news()).toEqual(['commit 10'])
  })

  test('drops what waits when it is lost', async () => {
    const rig = await Rig.open()
    void rig.partition.process(batchAt(0))
    const taking = rig.partition.process(batchAt(10))
    rig.news()
    rig.partition.lose()
    expect(await isTakenIn(taking)).toBe(true)
    await rig.partition.process(batchAt(20))
    expect(rig.news()).toEqual(['pause'])
    await rig.pass()
    expect(rig.news()).toEqual(['close'])
    expect([rig.partition.usable, rig.inHand.bytes]).toEqual([false, 0])
  })

  test('drops what waits when it is opened anew, and fetches from where it opens', async () => {
    const rig = await Rig.open()
    void rig.partition.process(batchAt(0))
    const taking = rig.partition.process(batchAt(10))
    rig.news()
    rig.start = 5
    rig.partition.reopen(new Error('void'))
    expect(await isTakenIn(taking)).toBe(true)
    await rig.partition.process(batchAt(20))
    expect(rig.news()).toEqual(['pause'])
    await rig.pass()
    await rig.clock.advance(KAFKA_LIMITS.openDelayMaxMs)
    await settled()
    expect(rig.news()).toEqual(['close', 'open', 'seek 5', 'resume'])
    await rig.partition.process(batchAt(10))
    expect(rig.news()).toEqual(['seek 5'])
  })

  test('finishes the batch in work over a join, and fetches what waited once more', async () => {
    const rig = await Rig.open()
    void rig.partition.process(batchAt(0))
    const taking = rig.partition.process(batchAt(10))
    rig.news()
    rig.partition.retain()
    expect(await isTakenIn(taking)).toBe(true)
    await rig.partition.process(batchAt(20))
    expect(rig.news()).toEqual(['pause'])
    await rig.pass()
    expect(rig.news()).toEqual(['commit 10', 'seek 10', 'resume'])
    void rig.partition.process(batchAt(10))
    expect(rig.news()).toEqual(['seek 20', 'process 10'])
  })

  test('is ticked between two batches, and once however long the first takes', async () => {
    const rig = await Rig.open()
    void rig.partition.process(batchAt(0))
    void rig.partition.process(batchAt(10))
    rig.partition.tick()
    rig.partition.tick()
    rig.news()
    await rig.pass()
    expect(rig.news()).toEqual(['commit 10', 'tick', 'process 10'])
  })

  test('stops after the batch in work', async () => {
    const rig = await Rig.open()
    void rig.partition.process(batchAt(0))
    const taking = rig.partition.process(batchAt(10))
    rig.news()
    rig.stop.abort()
    const idle = rig.partition.idle()
    expect(await isTakenIn(idle)).toBe(false)
    await rig.pass()
    expect([await isTakenIn(idle), await isTakenIn(taking)]).toEqual([true, true])
    expect(rig.news()).toEqual(['commit 10'])
    expect([rig.partition.position, rig.inHand.bytes]).toEqual([10, 0])
  })

  test('ends the run at damaged bytes, after what was good before them', async () => {
    const rig = await Rig.open()
    void rig.partition.process(batchAt(0))
    const damaged = tenRecordsAt(10)
    damaged.writeInt32BE(3, 8)
    const taking = rig.partition.process(batchAt(10, damaged))
    expect(rig.news()).toEqual(['seek 10', 'process 0', 'pause'])
    await rig.pass()
    expect(await isTakenIn(taking)).toBe(true)
    expect(rig.news()).toEqual(['commit 10', 'pause'])
    expect(rig.failures).toMatchObject([{ code: 'LOG_FAILED', fields: { offset: 10 } }])
  })

  test('reads on where decoding ended, should that be before the end that the headers promised', {
    timeout: UNPACK_TIMEOUT_MS,
  }, async () => {
    const rig = await Rig.open()
    const bomb = Buffer.alloc(33 * 1024 * 1024)
    const packed = (from: number) =>
      recordBatchBytes({ baseOffset: from, records: [{ offsetDelta: 0, value: bomb }], codec: 'zstd' })
    void rig.partition.process(batchAt(0, Buffer.concat([packed(0), packed(1), packed(2)])))
    await settled()
    await rig.pass()
    expect(rig.news()).toEqual(['seek 3', 'process 0', 'commit 2', 'seek 2', 'resume'])
  })
})
