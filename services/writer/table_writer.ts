// One topic into one table. Two buffers: while one is written and committed, decoding goes on into the other; when that
// is full as well, the input waits. Commits of a table never overlap, so each begins where the one before ended.

import type { AppendOutcome, CommitContext } from '#delta/commit'
import { createTable } from '#delta/create'
import { type Snapshot, updateSnapshot } from '#delta/snapshot'
import { hasInCommitTimestamps } from '#delta/upgrade'
import { emptyRow, type Row } from '#lake/record_to_row'
import { DATE_COLUMN, schemaOf, type TableSpec } from '#lake/tables'
import { ABSENT, type PartitionCommit, type PartitionStart, type RecordBatch } from '#log/event_log'
import type { InPlaceDecoder } from '#market/decoding/decoder'
import { HISTORY_TOPICS } from '#market/topics'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import type { EpochMs, Offset } from '#runtime/units'
import type { Assignment } from '#services/writer/assignment'
import { type Flushed, type FlushTarget, flushBuffer } from '#services/writer/commit/flush_buffer'
import { startOffset } from '#services/writer/commit/start_offset'
import { committedOffset } from '#services/writer/commit/txn_progress'
import { ZombieFence } from '#services/writer/commit/zombie_fence'
import type { WriterConfig } from '#services/writer/config'
import type { WriterCounters } from '#services/writer/counters'
import { FIRST_HISTORY_WAIT_MS } from '#services/writer/limits'
import { Checkpointer } from '#services/writer/maintenance/checkpointer'
import { TableBuffer, type WaitingRows } from '#services/writer/staging/table_buffer'

/** What the writer of one table is made of. */
export interface TableWriterParts {
  readonly spec: TableSpec
  /** At the table's folder. */
  readonly store: ObjectStore
  readonly config: WriterConfig
  readonly decoder: InPlaceDecoder
  readonly context: CommitContext
  readonly counters: WriterCounters
}

/** Creates the table unless it is there, and its writer. */
export async function openTableWriter(parts: TableWriterParts): Promise<TableWriter> {
  const { spec, store, config, context } = parts
  const definition = {
    name: spec.name,
    description: spec.description,
    schema: schemaOf(spec),
    partitionColumns: [DATE_COLUMN],
    inCommitTimestamps: config.inCommitTimestamps ?? false,
  }
  const snapshot = await createTable(store, definition, context)
  if (config.inCommitTimestamps && !hasInCommitTimestamps(snapshot)) {
    const message = 'the table is older than IN_COMMIT_TIMESTAMPS and has none; `tickerlake upgrade` turns them on'
    context.logger?.warn({ table: spec.name }, message)
  }
  return new TableWriter(parts, snapshot)
}

/** The writer of one table. */
export class TableWriter {
  readonly #target: FlushTarget
  readonly #counters: WriterCounters
  readonly #checkpointer: Checkpointer
  readonly #row: Row = emptyRow()
  readonly #fence: ZombieFence
  readonly #committed = new Map<Assignment, Offset>()
  /**
   * What the table had at the opening and the group did not: whoever flushed it went before he could report it. A
   * commit of our own is further on, and takes its place.
   */
  readonly #unreported = new Map<Assignment, Offset>()
  #snapshot: Snapshot
  #active: TableBuffer
  #spare: TableBuffer
  #inFlight: Promise<void> | null = null
  #failure: unknown = null

  constructor(parts: TableWriterParts, snapshot: Snapshot) {
    this.#target = parts
    this.#counters = parts.counters
    this.#checkpointer = new Checkpointer(parts)
    this.#fence = new ZombieFence(parts.store.url)
    this.#row.decoder = parts.decoder
    this.#snapshot = snapshot
    this.#active = new TableBuffer(parts.spec, parts.config)
    this.#spare = new TableBuffer(parts.spec, parts.config)
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

  /** Rows that wait in memory, or whose commit is under way. */
  get waiting(): WaitingRows {
    const [a, b] = [this.#active.waiting, this.#spare.waiting]
    return { rows: a.rows + b.rows, since: earlier(a.since, b.since) }
  }

  /** Commits since the table's newest checkpoint, at most; null while that was not looked for. */
  get commitsSinceCheckpoint(): number | null {
    return this.#checkpointer.commitsSince(this.#snapshot)
  }

  /** Begins an assignment, and asks the table where its partition goes on. Throws LOG_GAP. */
  async open(assignment: Assignment, range: PartitionStart): Promise<Offset> {
    await this.#inFlight
    this.#adopt(await updateSnapshot(this.#target.store, this.#snapshot))
    const { topic, partition, appId } = assignment
    const committed = committedOffset(this.#snapshot, appId)
    const start = startOffset({ table: this.#target.store.url, topic, partition, committed }, range)
    const fields = { table: this.#target.spec.name, topic, partition, start, version: this.#snapshot.version }
    if (committed === null && start > 0) {
      this.#target.context.logger?.info(fields, 'the table has nothing of this partition; beginning where the log does')
    } else this.#target.context.logger?.debug(fields, 'partition opened')
    assignment.tip = committed
    this.#fence.open(assignment)
    if (committed !== null && committed !== range.committed?.offset) this.#unreported.set(assignment, committed)
    return start
  }

  /** Leaves out what is still buffered of the assignment, unless its commit is under way. */
  close(assignment: Assignment): void {
    this.#fence.close(assignment)
    this.#committed.delete(assignment)
    this.#unreported.delete(assignment)
  }

  /** Throws what makes going on with the assignment pointless: a failed flush, or the fence. */
  require(assignment: Assignment): void {
    this.#requireHealthy()
    this.#fence.requireNotFenced(assignment)
  }

  /**
   * Stages records from index `first` on until the batch ends or the buffer is full; returns the first one not taken.
   */
  take(assignment: Assignment, batch: RecordBatch, first: number): number {
    const now = this.#target.context.clock.now()
    const buffer = this.#active
    this.#row.partition = batch.partition
    this.#row.processingTime = now
    const { valueStarts, valueEnds, offsets } = batch.columns
    const record = batch.cursor()
    this.#row.record = record
    this.#row.columns = batch.columns
    const end = batch.first + batch.count
    let row = batch.first + first
    for (; row < end && !buffer.isFull; row++) {
      record.row = row
      this.#row.columnsRow = row
      const start = valueStarts[row] as number
      this.#row.valueBytes = start === ABSENT ? 0 : (valueEnds[row] as number) - start
      this.#takeRow(assignment, buffer)
    }
    buffer.advance(assignment, row < end ? (offsets[row] as Offset) : batch.next, now)
    return row - batch.first
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
    const now = this.#target.context.clock.now()
    const due = this.isFull || this.#active.isDue(now) || this.#isAwaited(now)
    if (due && this.#inFlight === null) this.#start()
  }

  /** On a first start somebody waits for the last days, whose bars come all at once. */
  #isAwaited(now: EpochMs): boolean {
    const { since } = this.#active.waiting
    const isNewHistory =
      this.#snapshot.version === 0 && HISTORY_TOPICS.some((topic) => topic === this.#target.spec.topic)
    return isNewHistory && since !== null && now - since >= FIRST_HISTORY_WAIT_MS
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

  /**
   * What was committed since the last call. A call for an assignment means that the log has done with opening it, so
   * what was unreported then is reported now: earlier, the log would take no commit of it.
   */
  takeCommits(assignment?: Assignment): readonly PartitionCommit[] {
    if (assignment !== undefined) this.#reportOf(assignment)
    const commits = [...this.#committed].map(([assignment, next]): PartitionCommit => {
      return { topic: assignment.topic, partition: assignment.partition, next, metadata: '', outputs: [] }
    })
    this.#committed.clear()
    return commits
  }

  #reportOf(assignment: Assignment): void {
    const next = this.#unreported.get(assignment)
    if (next === undefined) return
    this.#unreported.delete(assignment)
    this.#committed.set(assignment, next)
  }

  #takeRow(assignment: Assignment, buffer: TableBuffer): void {
    const reading = this.#target.spec.read(this.#row)
    const day = reading === 'row' ? buffer.rows.add(this.#row, assignment.id) : null
    if (day !== null) buffer.addRow(day, this.#row.valueBytes)
    else if (reading === 'copy') this.#counters.copies++
    else if (reading === 'refused') this.#counters.refused++
    else if (reading === 'mark') this.#counters.marks++
    else {
      this.#counters.unreadable++
      buffer.addUnreadable(assignment, this.#row.record.offset)
    }
  }

  #requireHealthy(): void {
    if (this.#failure !== null) throw this.#failure
  }

  #start(): void {
    const buffer = this.#active
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
    buffer.clear()
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
      this.#fence.fence(flushed.assignments)
    }
  }

  #count({ files, rows, assignments, unreadable }: Flushed, buffer: TableBuffer): void {
    const { spec, context } = this.#target
    const bytes = files.reduce((sum, file) => sum + Number(file.size), 0)
    this.#counters.rows[spec.name] = (this.#counters.rows[spec.name] ?? 0) + rows
    this.#counters.files += files.length
    this.#counters.bytes += bytes
    this.#counters.commits++
    for (const assignment of assignments) {
      const to = buffer.progress.get(assignment)?.to
      if (assignment.state !== 'open' || to === undefined) continue
      this.#committed.set(assignment, to)
      this.#unreported.delete(assignment)
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

function earlier(a: EpochMs | null, b: EpochMs | null): EpochMs | null {
  if (a === null || b === null) return a ?? b
  return a < b ? a : b
}
