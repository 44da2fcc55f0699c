// The replay source: the lines of a recording, each as it is. A line that is no quote is published all the same and
// becomes a dead letter downstream, so that lines in = quotes + dead letters; only empty lines are left out, and
// counted. A file is gone on with where it stopped; standard input and pipes cannot be.

import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { VALUE_BYTES_MAX } from '#market/decoding/decoder'
import { type Fields, isPrice, isSymbol } from '#market/decoding/fields'
import type { TimestampReader } from '#market/decoding/timestamp'
import { REPLAYED_HEADERS } from '#market/headers'
import { PRICES_TOPIC } from '#market/topics'
import type { Clock } from '#runtime/clock'
import { counted, grouped } from '#runtime/counted'
import type { Logger } from '#runtime/logger'
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX, LINE_BYTES_MAX } from '#services/producer/limits'
import {
  NO_SKIPS,
  type QuoteSource,
  type SourceBatch,
  type SourceRecord,
} from '#services/producer/sources/quote_source'
import { type Line, type LineSplitter, lineSplitter } from '#services/producer/sources/replay/line_splitter'
import { type Pace, recordedPace } from '#services/producer/sources/replay/recorded_pace'
import { isReadOnce, nameOf, replayBytes, replayFailure } from '#services/producer/sources/replay/replay_input'
import {
  decodePosition,
  encodePosition,
  RunningChecksum,
  recordingName,
  resumeAt,
} from '#services/producer/sources/replay/resume_position'

/** What is replayed, and how. */
export interface ReplayOptions {
  /** A path, or `-` for standard input; .gz and .zst are decompressed. */
  readonly file: string
  /** 0: as fast as possible. N: N times as fast as the quotes' timestamps say. */
  readonly speed: number
  /** Reads the timestamps, as the decoder will. */
  readonly readTimestamp: TimestampReader
  readonly stdin: Readable
  readonly clock: Clock
  readonly logger: Logger
}

/** Opens a recording: NDJSON, one quote a line. */
export function replaySource(options: ReplayOptions): QuoteSource {
  const progress: Progress = { lines: 0, emptyLines: () => 0 }
  const name = nameOf(options.file)
  return {
    describe: () => `replay of ${name}, ${speedText(options.speed)}`,
    ended: () => `${name} has ended after ${counted(progress.lines, 'line')}`,
    finite: true,
    positionName: (signal) => positionName(options, signal),
    batches: (from, signal) => replay(options, { from, progress }, signal),
    skips: () => ({ ...NO_SKIPS, emptyLines: progress.emptyLines() }),
  }
}

/** What a replay has read. */
interface Progress {
  /** Up to the last one that was handed on. */
  lines: number
  emptyLines: () => number
}

async function positionName(options: ReplayOptions, signal: AbortSignal): Promise<string | null> {
  if (await isReadOnce(options.file)) {
    const name = nameOf(options.file)
    options.logger.info(`${name} keeps no position: after a restart, everything that it then brings is sent`)
    return null
  }
  try {
    return await recordingName(replayBytes(options, signal))
  } catch (error) {
    throw replayFailure(options.file, 0, error)
  }
}

function speedText(speed: number): string {
  if (speed === 0) return 'as fast as possible'
  return speed === 1 ? 'as fast as recorded' : `${speed} times as fast as recorded`
}

interface ReplayRun {
  readonly from: string | null
  readonly progress: Progress
}

async function* replay(options: ReplayOptions, { from, progress }: ReplayRun, signal: AbortSignal) {
  const content = replayBytes(options, signal)
  const pace = options.speed > 0 ? recordedPace(options.speed) : null
  try {
    const { start, first } = from === null ? FROM_THE_START : await goOn(options, { content, from }, signal)
    progress.lines = start.lines
    const splitter = lineSplitter((line, bytes) => warnOfLongLine(options, line, bytes), start)
    progress.emptyLines = splitter.emptyLines
    const { clock, readTimestamp } = options
    const checksum = new RunningChecksum(start)
    const parts = { clock, readTimestamp, pace, signal, progress, checksum }
    if (first !== null) yield* batchesOfChunk(first, splitter, parts)
    for await (const chunk of content) yield* batchesOfChunk(chunk, splitter, parts)
    yield* batchesOf(splitter.end(), parts)
  } catch (error) {
    throw replayFailure(options.file, progress.lines, error)
  } finally {
    await content.return(undefined)
  }
}

const FROM_THE_START = { start: { lines: 0, bytes: 0, checksum: 0 }, first: null }

/** Goes on at a position, and says so. */
async function goOn(
  { file, logger }: ReplayOptions,
  { content, from }: { readonly content: AsyncIterator<Buffer>; readonly from: string },
  signal: AbortSignal,
) {
  const resumed = await resumeAt(content, decodePosition(from), basename(file))
  if (signal.aborted) return resumed
  const { lines } = resumed.start
  if (resumed.first === null) {
    logger.info(
      `${basename(file)} has nothing new after ${counted(lines, 'line')}; SOURCE_POSITION=start sends all of it again`,
    )
  } else logger.info(`going on from line ${grouped(lines + 1)} of ${basename(file)}`)
  return resumed
}

function warnOfLongLine({ file, logger }: ReplayOptions, line: number, bytes: number): void {
  logger.warn(
    { file, line, bytes },
    `line ${line} of ${nameOf(file)} has ${bytes} bytes; its first ${LINE_BYTES_MAX} become a dead letter`,
  )
}

interface BatchParts {
  readonly clock: Clock
  readonly readTimestamp: TimestampReader
  readonly pace: Pace | null
  readonly signal: AbortSignal
  readonly progress: Progress
  readonly checksum: RunningChecksum
}

async function* batchesOfChunk(chunk: Buffer, splitter: LineSplitter, parts: BatchParts) {
  parts.checksum.push(chunk)
  yield* batchesOf(splitter.push(chunk), parts)
}

/** Batches of lines that were read together; with a pace, each sent when its last line is due. */
async function* batchesOf(lines: readonly Line[], parts: BatchParts): AsyncGenerator<SourceBatch> {
  let records: SourceRecord[] = []
  let bytes = 0
  let last: Line | null = null
  for (const line of lines) {
    // After an abort the last line may be half a line.
    if (parts.signal.aborted) return
    const record = readLine(line.content)
    const waitMs = parts.pace?.waitMs(parts.readTimestamp(record.timestamp), parts.clock.now()) ?? 0
    const full = records.length === BATCH_RECORDS_MAX || bytes >= BATCH_BYTES_MAX
    if (last !== null && (full || waitMs > 0)) {
      yield batchOf(records, last, parts)
      records = []
      bytes = 0
    }
    if (waitMs > 0) await parts.clock.sleep(waitMs, parts.signal)
    records.push(record)
    bytes += line.content.length
    last = line
  }
  if (last !== null) yield batchOf(records, last, parts)
}

function batchOf(records: readonly SourceRecord[], last: Line, { progress, checksum }: BatchParts): SourceBatch {
  progress.lines = last.number
  const position = {
    lines: last.number,
    bytes: last.end,
    checksum: checksum.upTo(last.end),
    openBytes: last.openBytes,
  }
  return { records, position: encodePosition(position) }
}

/** The record of a line, keyed by its symbol when it has a valid one. All other checks are the decoder's. */
function readLine(line: Buffer): ReplayedRecord {
  const fields = fieldsOf(line)
  const symbol = fields?.symbol
  const key = isSymbol(symbol) ? symbol : null
  const price = key !== null && isPrice(fields?.price) ? (fields?.price as number) : null
  const currency = typeof fields?.currency === 'string' ? fields.currency : null
  const headers = REPLAYED_HEADERS
  return { topic: PRICES_TOPIC, key, value: line, headers, price, currency, timestamp: fields?.timestamp }
}

interface ReplayedRecord extends SourceRecord {
  /** As it stands in the line. */
  readonly timestamp: unknown
}

function fieldsOf(line: Buffer): Fields | null {
  if (line.length > VALUE_BYTES_MAX) return null
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Fields) : null
  } catch {
    return null
  }
}
