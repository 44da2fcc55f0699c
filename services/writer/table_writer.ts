// One topic into one table. Two buffers: while one is written and committed, decoding goes on into the other; when that
// is full as well, the input waits. Commits of a table never overlap, so each begins where the one before ended.

import type { AppendOutcome, CommitContext } from '#delta/commit'
import { createTable } from '#delta/create'
import { type Snapshot, updateSnapshot } from '#delta/snapshot'
import { emptyRow, type Row } from '#lake/row'
import { DATE_COLUMN, schemaOf, type TableSpec } from '#lake/tables'
import {
  type LogRecord,
  type PartitionCommit,
  type PartitionStart,
  type RecordBatch,
  ReopenPartitions,
} from '#log/event_log'
import type { QuoteDecoder } from '#market/decoding/decoder'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import type { Offset } from '#runtime/units'
import { type Flushed, type FlushTarget, flushBuffer } from '#services/writer/commit/flush'
import { committedOffset, type Session, startOffset } from '#services/writer/commit/partition_progress'
import type { WriterConfig } from '#services/writer/config'
import type { WriterCounters } from '#services/writer/counters'
import { Checkpointer } from '#services/writer/maintenance/checkpointer'
import { RowChunk } from '#services/writer/staging/row_chunk'
import type { Staging } from '#services/writer/staging/staging'
import { TableBuffer } from '#services/writer/staging/table_buffer'

/** What the writer of one table is made of. */
export interface TableWriterParts {
  readonly spec: TableSpec
  /** At the table's folder. */
  readonly store: ObjectStore
  readonly staging: Staging
  readonly config: WriterConfig
  readonly decoder: QuoteDecoder
  readonly context: CommitContext
  readonly counters: WriterCounters
}

/** Creates the table unless it is there, and its writer. */
export async function openTableWriter(parts: TableWriterParts): Promise<TableWriter> {
  const { spec, store, staging, config, context } = parts
  const definition = {
    name: spec.name,
    description: spec.description,
    schema: schemaOf(spec),
    partitionColumns: [DATE_COLUMN],
  }
  const snapshot = await createTable(store, definition, context)
  const buffers = [await staging.table(spec, 0), await staging.table(spec, 1)] as const
  return new TableWriter(parts, snapshot, [new TableBuffer(buffers[0], config), new TableBuffer(buffers[1], config)])
}

/** The writer of one table. */
export class TableWriter {
  readonly #target: FlushTarget
  readonly #counters: WriterCounters
  readonly #checkpointer: Checkpointer
  readonly #chunk: RowChunk
  readonly #row: Row = emptyRow()
  readonly #sessions = new Set<Session>()
  readonly #committed = new Map<Session, Offset>()
  #snapshot: Snapshot
  #active: TableBuffer
  #spare: TableBuffer
  #inFlight: Promise<void> | null = null
  #failure: unknown = null

  constructor(parts: TableWriterParts, snapshot: Snapshot, buffers: readonly [TableBuffer, TableBuffer]) {
    this.#target = parts
    this.#counters = parts.counters
    this.#checkpointer = new Checkpointer(parts)
    this.#chunk = new RowChunk(parts.spec)
    this.#row.decoder = parts.decoder
    this.#snapshot = snapshot
    this.#active = buffers[0]
    this.#spare = buffers[1]
  }

  get name(): string {
    return this.#target.spec.name
  }

  get store(): ObjectStore {
    return this.#target.store
  }

  /** The newest that is known here. */
  get snapshot(): Snapshot {
    return this.#snapshot
  }

  /** Takes part in the partition's assignment: asks the table where it got to. Throws LOG_GAP. */
  async open(session: Session, range: PartitionStart): Promise<Offset> {
    await this.#inFlight
    this.#adopt(await updateSnapshot(this.#target.store, this.#snapshot))
    const { topic, partition, appId } = session
    const committed = committedOffset(this.#snapshot, appId)
    const start = startOffset({ table: this.#target.store.url, topic, partition, committed }, range)
    const fields = { table: this.#target.spec.name, topic, partition, start, version: this.#snapshot.version }
    if (committed === null && start > 0) {
      this.#target.context.logger?.info(fields, 'the table has nothing of this partition; beginning where the log does')
    } else this.#target.context.logger?.debug(fields, 'partition opened')
    session.tip = committed
    this.#sessions.add(session)
    return start
  }

  /** Leaves out what is still buffered of the session, unless its commit is under way. */
  close(session: Session): void {
    session.state = 'closed'
    this.#sessions.delete(session)
    this.#committed.delete(session)
  }

  /** Throws what makes going on with the session pointless: a failed flush, or another writer. */
  require(session: Session): void {
    this.#requireHealthy()
    if (session.state !== 'void') return
    const lost = [...this.#sessions].filter((other) => other.state === 'void')
    const partitions = lost.map(({ topic, partition }) => ({ topic, partition }))
    throw new ReopenPartitions(partitions, `another writer committed to ${this.#target.store.url}`)
  }

  /**
   * Stages records from index `first` on until the batch ends or the buffer is full; returns the first one not taken.
   */
  take(session: Session, batch: RecordBatch, first: number): number {
    const now = this.#target.context.clock.now()
    const buffer = this.#active
    this.#row.partition = batch.partition
    this.#row.processingTime = now
    let at = first
    for (; at < batch.records.length && !buffer.isFull; at++) {
      this.#row.record = batch.records[at] as LogRecord
      this.#takeRow(session, buffer)
    }
    buffer.advance(session, batch.records[at]?.offset ?? batch.next, now)
    return at
  }

  get isFull(): boolean {
    return this.#active.isFull
  }

  /** Waits until the active buffer takes rows. */
  async makeRoom(): Promise<void> {
    while (this.isFull) {
      this.#requireHealthy()
      if (this.#inFlight === null) this.#start()
      else await this.#inFlight
    }
  }

  /** Begins to write what is full or has waited long enough, without waiting for the end of it. */
  flushIfDue(): void {
    const due = this.isFull || this.#active.isDue(this.#target.context.clock.now())
    if (due && this.#inFlight === null) this.#start()
  }

  /** Writes everything. */
  async drain(): Promise<void> {
    for (;;) {
      await this.#inFlight
      this.#requireHealthy()
      if (this.#inFlight === null && this.#active.isEmpty) return
      if (this.#inFlight === null) this.#start()
    }
  }

  /** Resolves when nothing is being written; never rejects. */
  async settle(): Promise<void> {
    while (this.#inFlight !== null) await this.#inFlight
    await this.#checkpointer.settle()
  }

  /** What was committed since the last call. */
  takeCommits(): readonly PartitionCommit[] {
    const commits = [...this.#committed].map(([session, next]): PartitionCommit => {
      return { topic: session.topic, partition: session.partition, next, metadata: '', outputs: [] }
    })
    this.#committed.clear()
    return commits
  }

  #takeRow(session: Session, buffer: TableBuffer): void {
    const reading = this.#target.spec.read(this.#row)
    const day = reading === 'row' ? this.#chunk.add(this.#row, session.id) : null
    if (day !== null) {
      buffer.addRow(day, this.#row.record.value?.length ?? 0)
      if (this.#chunk.isFull) buffer.staging.append(this.#chunk)
    } else if (reading === 'copy') this.#counters.copies++
    else if (reading === 'refused') this.#counters.refused++
    else if (reading === 'mark') this.#counters.marks++
    else {
      this.#counters.unreadable++
      buffer.addUnreadable(session, this.#row.record.offset)
    }
  }

  #requireHealthy(): void {
    if (this.#failure !== null) throw this.#failure
  }

  #start(): void {
    const buffer = this.#active
    buffer.staging.append(this.#chunk)
    buffer.staging.seal()
    this.#active = this.#spare
    this.#spare = buffer
    this.#inFlight = this.#write(buffer)
      .catch((error: unknown) => {
        this.#failure = error
      })
      .finally(() => {
        this.#inFlight = null
      })
  }

  async #write(buffer: TableBuffer): Promise<void> {
    const flushed = await flushBuffer(buffer, this.#snapshot, this.#target)
    if (flushed.outcome !== null) this.#settleOutcome(flushed, flushed.outcome, buffer)
    await buffer.clear()
  }

  #settleOutcome(flushed: Flushed, outcome: AppendOutcome, buffer: TableBuffer): void {
    const { spec, store, context } = this.#target
    this.#adopt(outcome.snapshot)
    const fields = { table: spec.name, version: outcome.snapshot.version }
    if (outcome.kind === 'conflict') {
      const message = `the table ${store.url} takes no more rows: ${outcome.reason}; undo that, or move the table away`
      throw new PlatformError('TABLE_CONFLICT', message, { fields })
    }
    if (outcome.kind === 'committed') {
      this.#count(flushed, buffer)
      this.#checkpointer.afterCommit(outcome.snapshot)
    } else {
      this.#counters.fenced++
      context.logger?.warn({ ...fields, appIds: outcome.appIds }, 'another writer was here; going back to its commits')
      for (const session of flushed.sessions) if (session.state === 'open') session.state = 'void'
    }
  }

  #count({ files, rows, sessions, unreadable }: Flushed, buffer: TableBuffer): void {
    const { spec, context } = this.#target
    const bytes = files.reduce((sum, file) => sum + Number(file.size), 0)
    this.#counters.rows[spec.name] = (this.#counters.rows[spec.name] ?? 0) + rows
    this.#counters.files += files.length
    this.#counters.bytes += bytes
    this.#counters.commits++
    for (const session of sessions) {
      const to = buffer.progress.get(session)?.to
      if (session.state === 'open' && to !== undefined) this.#committed.set(session, to)
    }
    const fields = { table: spec.name, version: this.#snapshot.version, rows, files: files.length, bytes }
    context.logger?.debug(fields, 'committed')
    if (unreadable.unreadable === undefined) return
    context.logger?.error({ ...fields, ...unreadable }, `records of ${spec.topic} cannot be read and are in no table`)
  }

  /** Takes over a newer snapshot; reads and commits may end in any order. */
  #adopt(snapshot: Snapshot): void {
    if (snapshot.version > this.#snapshot.version) this.#snapshot = snapshot
  }
}
