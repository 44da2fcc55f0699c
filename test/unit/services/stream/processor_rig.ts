// One partition of a log in memory, driven by hand: batches of any size, ticks, restarts, commits that are lost. What
// was committed is what a reader of the outputs would see.

import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { CommittedOffset, LogRecord, NewRecord, PartitionCommit, RecordHeaders } from '#log/event_log'
import { encodeQuote, quoteOf } from '#market/quote'
import { PRICES_TOPIC } from '#market/topics'
import { openMemoryStore } from '#object-store/memory_store'
import { virtualClock } from '#runtime/clock'
import { type Logger, silentLogger } from '#runtime/logger'
import type { EpochMs, Offset } from '#runtime/units'
import type { AlertRule } from '#services/stream/alerts/rules'
import type { StreamConfig } from '#services/stream/config'
import type { AlertSink } from '#services/stream/console/alert_sink'
import { STATE_SNAPSHOT_INTERVAL_MS } from '#services/stream/limits'
import type { ImageSlicing } from '#services/stream/snapshot/sliced_image'
import { SERVICE_SLICING, type StateSnapshotPacking } from '#services/stream/snapshot/state_snapshot_store'
import { createStreamProcessor, type StreamProcessor } from '#services/stream/stream'
import type { GivenQuote } from '#services/stream/topology_driver'
import { batchOfRecords } from '#support/log/log_batches'

const encoder = new TextEncoder()

/** In one turn of the event loop, and with the checksum of the service's own packing. */
const syncPacking: StateSnapshotPacking = {
  pack: async (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
  unpack: async (bytes) => zstdDecompressSync(bytes),
}

export interface RigOptions {
  readonly config: StreamConfig
  readonly rules: readonly AlertRule[]
  readonly sinks?: readonly AlertSink[]
  readonly logger?: Logger
  readonly slicing?: ImageSlicing
}

export class ProcessorRig {
  readonly partition = { topic: PRICES_TOPIC, partition: 3 }
  readonly clock = virtualClock(1_000_000)
  readonly log: LogRecord[] = []
  readonly commits: PartitionCommit[] = []
  readonly checkpoints = openMemoryStore()
  /** Where openings began to read, of those that did not begin at the start of the log. */
  readonly restored: number[] = []
  topicId = 'topic-id'
  committed: CommittedOffset | null = null
  processor: StreamProcessor
  readonly #options: RigOptions
  #position = 0

  constructor(options: RigOptions) {
    this.#options = options
    this.processor = this.#create()
  }

  get outputs(): NewRecord[] {
    return this.commits.flatMap((commit) => commit.outputs)
  }

  /** Values put out to a topic, parsed. */
  valuesOf(topic: string): Record<string, unknown>[] {
    return this.outputs.filter((record) => record.topic === topic).map((record) => JSON.parse(String(record.value)))
  }

  async open(): Promise<void> {
    const end = this.log.length as Offset
    const start = { topicId: this.topicId, committed: this.committed, logStart: 0 as Offset, logEnd: end }
    this.#position = await this.processor.open(this.partition, start)
    if (this.#position > 0) this.restored.push(this.#position)
  }

  /** A new process takes over: nothing is left but what was committed. */
  async restart(): Promise<void> {
    this.processor = this.#create()
    await this.open()
  }

  append(record: {
    key: string | null
    value: string | Uint8Array
    ingestTime: number
    headers?: RecordHeaders
  }): void {
    this.log.push({
      offset: this.log.length as Offset,
      timestamp: record.ingestTime as EpochMs,
      key: record.key === null ? null : encoder.encode(record.key),
      value: typeof record.value === 'string' ? encoder.encode(record.value) : record.value,
      headers: record.headers ?? null,
    })
  }

  appendQuote({ ingestTime, ...fields }: Omit<GivenQuote, 'replayed'>): void {
    const value = encodeQuote(quoteOf({ ...fields, timestamp: fields.timestamp as EpochMs }))
    this.append({ key: fields.symbol, value, ingestTime: ingestTime ?? fields.timestamp })
  }

  /** Reads a batch. A lost commit is as if it had not been made: the partition is opened again. */
  async poll(options: { recordsMax?: number; lose?: boolean } = {}): Promise<void> {
    const records = this.log.slice(this.#position, this.#position + (options.recordsMax ?? 1_000))
    if (records.length === 0) return
    const next = (this.#position + records.length) as Offset
    const batch = batchOfRecords(records, { ...this.partition, next, logEnd: this.log.length as Offset })
    const commits = await this.processor.process(batch)
    this.#position = next
    if (!options.lose || commits.length === 0) return this.#land(commits)
    this.processor.close(this.partition)
    await this.open()
  }

  async pollAll(recordsMax?: number): Promise<void> {
    while (this.#position < this.log.length) await this.poll(recordsMax === undefined ? {} : { recordsMax })
  }

  async tick(now: number): Promise<void> {
    const caughtUp = async () => this.#position >= this.log.length
    this.#land(await this.processor.tick(this.partition, { now: now as EpochMs, caughtUp }))
  }

  async end(): Promise<void> {
    this.#land(await this.processor.end(this.partition))
  }

  async flush(): Promise<void> {
    this.#land(await this.processor.flush())
  }

  /** A state snapshot is due: it is taken now if all is committed, and named by the next commit. */
  async snapshot(): Promise<void> {
    await this.clock.advance(STATE_SNAPSHOT_INTERVAL_MS)
    await this.tick(0)
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** Lets a snapshot that is under way make its next slice. */
  async turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** The keys of the snapshots that there are, the oldest first. */
  async snapshots(): Promise<string[]> {
    const keys: string[] = []
    for await (const { key } of this.checkpoints.list('stream/')) keys.push(key)
    return keys
  }

  /** One byte in the middle of the newest snapshot is another. */
  async damageSnapshot(): Promise<void> {
    const key = (await this.snapshots()).at(-1)
    const bytes = key === undefined ? undefined : (await this.checkpoints.get(key))?.slice()
    if (key === undefined || bytes === undefined) return
    const middle = bytes.length >> 1
    bytes[middle] = (bytes[middle] ?? 0) ^ 0xff
    await this.checkpoints.put(key, bytes)
  }

  #create(): StreamProcessor {
    const { config, rules, sinks = [], logger = silentLogger, slicing = SERVICE_SLICING } = this.#options
    const { clock, checkpoints } = this
    return createStreamProcessor({ config, rules, sinks, logger, clock, checkpoints, slicing, packing: syncPacking })
  }

  #land(commits: readonly PartitionCommit[]): void {
    for (const commit of commits) {
      this.commits.push(commit)
      this.committed = { offset: commit.next, metadata: commit.metadata }
    }
  }
}
