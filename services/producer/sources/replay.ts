// The replay source: the lines of a recording, each as it is. A line that is no quote is published all the same and
// becomes a dead letter downstream, so that lines in = quotes + dead letters; only empty lines are left out, and
// counted.

import type { Readable } from 'node:stream'
import { VALUE_BYTES_MAX } from '#market/decoder'
import { type Fields, isPrice, isSymbol } from '#market/fields'
import type { TimestampReader } from '#market/timestamp'
import { PRICES_TOPIC } from '#market/topics'
import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX, LINE_BYTES_MAX } from '#services/producer/limits'
import { type LineSplitter, lineSplitter } from '#services/producer/sources/lines'
import { type Pace, recordedPace } from '#services/producer/sources/pace'
import { nameOf, replayBytes, replayFailure } from '#services/producer/sources/replay_input'
import { NO_SKIPS, type QuoteSource, type SourceRecord } from '#services/producer/sources/source'

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
  const splitter = lineSplitter((line, bytes) =>
    options.logger.warn(
      { file: options.file, line, bytes },
      `line ${line} of ${nameOf(options.file)} has ${bytes} bytes; its first ${LINE_BYTES_MAX} become a dead letter`,
    ),
  )
  return {
    describe: () => `replay of ${nameOf(options.file)}, ${speedText(options.speed)}`,
    finite: true,
    batches: (signal) => replay(options, splitter, signal),
    skips: () => ({ ...NO_SKIPS, emptyLines: splitter.emptyLines() }),
  }
}

function speedText(speed: number): string {
  if (speed === 0) return 'as fast as possible'
  return speed === 1 ? 'as fast as recorded' : `${speed} times as fast as recorded`
}

async function* replay(options: ReplayOptions, splitter: LineSplitter, signal: AbortSignal) {
  const { clock, readTimestamp } = options
  const run = { clock, readTimestamp, pace: options.speed > 0 ? recordedPace(options.speed) : null, signal }
  let lines = 0
  try {
    for await (const chunk of replayBytes(options, signal)) {
      const read = splitter.push(chunk)
      lines += read.length
      yield* batchesOf(read, run)
    }
    yield* batchesOf(splitter.end(), run)
  } catch (error) {
    throw replayFailure(options.file, lines, error)
  }
}

/** Batches of lines that were read together; with a pace, each sent when its last line is due. */
async function* batchesOf(
  lines: readonly Buffer[],
  run: { clock: Clock; readTimestamp: TimestampReader; pace: Pace | null; signal: AbortSignal },
) {
  let records: SourceRecord[] = []
  let bytes = 0
  for (const line of lines) {
    // After an abort the last line may be half a line.
    if (run.signal.aborted) return
    const record = readLine(line)
    const waitMs = run.pace?.waitMs(run.readTimestamp(record.timestamp), run.clock.now()) ?? 0
    const full = records.length === BATCH_RECORDS_MAX || bytes >= BATCH_BYTES_MAX
    if (records.length > 0 && (full || waitMs > 0)) {
      yield records
      records = []
      bytes = 0
    }
    if (waitMs > 0) await run.clock.sleep(waitMs, run.signal)
    records.push(record)
    bytes += line.length
  }
  if (records.length > 0) yield records
}

/** The record of a line, keyed by its symbol when it has a valid one. All other checks are the decoder's. */
function readLine(line: Buffer): ReplayedRecord {
  const fields = fieldsOf(line)
  const symbol = fields?.symbol
  const key = isSymbol(symbol) ? symbol : null
  const price = key !== null && isPrice(fields?.price) ? (fields?.price as number) : null
  const currency = typeof fields?.currency === 'string' ? fields.currency : null
  return { topic: PRICES_TOPIC, key, value: line, price, currency, timestamp: fields?.timestamp }
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
