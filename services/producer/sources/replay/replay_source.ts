// The replay source: the lines of a recording, each as it is. A line that is no quote is published all the same and
// becomes a dead letter downstream, so that lines in = quotes + dead letters; only empty lines are left out, and
// counted. A file is gone on with where it stopped; standard input and pipes cannot be.

import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { SymbolFinder } from '#market/decoding/symbol_finder'
import type { TimestampReader } from '#market/decoding/timestamp'
import type { Clock } from '#runtime/clock'
import { counted, grouped } from '#runtime/counted'
import type { Logger } from '#runtime/logger'
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX, LINE_BYTES_MAX } from '#services/producer/limits'
import { NO_SKIPS, type QuoteSource, type SourceBatch } from '#services/producer/sources/quote_source'
import { KeyedLines } from '#services/producer/sources/replay/keyed_lines'
import { LineSplitter, type Lines } from '#services/producer/sources/replay/line_splitter'
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
    const splitter = new LineSplitter((line, bytes) => warnOfLongLine(options, line, bytes), start)
    progress.emptyLines = () => splitter.emptyLines
    const { clock, readTimestamp } = options
    const checksum = new RunningChecksum(start)
    const parts = { clock, readTimestamp, pace, signal, progress, checksum, finder: new SymbolFinder() }
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
  readonly finder: SymbolFinder
}

async function* batchesOfChunk(chunk: Buffer, splitter: LineSplitter, parts: BatchParts) {
  parts.checksum.push(chunk)
  yield* batchesOf(splitter.push(chunk), parts)
}

/** Batches of lines that were read together; with a pace, each sent when its last line is due. */
async function* batchesOf(lines: Lines, parts: BatchParts): AsyncGenerator<SourceBatch> {
  const { clock, signal } = parts
  const keyed = new KeyedLines(lines, parts.finder)
  let waitMs = lines.count === 0 ? 0 : readLine(keyed, 0, parts)
  for (let from = 0; from < lines.count; ) {
    if (waitMs > 0) await clock.sleep(waitMs, signal)
    // After an abort the last line may be half a line.
    if (signal.aborted) return
    const filled = fillBatch(keyed, from, parts)
    yield batchOf(keyed, { from, to: filled.to }, parts)
    from = filled.to
    waitMs = filled.waitMs
  }
}

/**
 * Where the batch ends that begins at a line that was read. The line there, if any, was read too: it is due after
 * `waitMs`.
 */
function fillBatch(keyed: KeyedLines, from: number, parts: BatchParts): { to: number; waitMs: number } {
  const { count, starts, stops } = keyed.lines
  let bytes = 0
  for (let row = from + 1; row < count; row++) {
    bytes += (stops[row - 1] as number) - (starts[row - 1] as number)
    const waitMs = readLine(keyed, row, parts)
    if (waitMs > 0 || row - from === BATCH_RECORDS_MAX || bytes >= BATCH_BYTES_MAX) return { to: row, waitMs }
  }
  return { to: count, waitMs: 0 }
}

/** Reads the next line; returns how long it is until it is due. */
function readLine(keyed: KeyedLines, row: number, { pace, readTimestamp, clock }: BatchParts): number {
  if (pace !== null) return pace.waitMs(readTimestamp(keyed.readKeyAndTimestamp(row)), clock.now())
  keyed.readKey(row)
  return 0
}

interface BatchRange {
  readonly from: number
  readonly to: number
}

function batchOf(keyed: KeyedLines, { from, to }: BatchRange, { progress, checksum }: BatchParts): SourceBatch {
  const { count, numbers, ends, offset, openBytes } = keyed.lines
  const bytes = offset + (ends[to - 1] as number)
  const lines = numbers[to - 1] as number
  progress.lines = lines
  const position = { lines, bytes, checksum: checksum.upTo(bytes), openBytes: to === count ? openBytes : 0 }
  return { records: keyed.records(from, to), position: encodePosition(position) }
}
