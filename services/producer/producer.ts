// The producer's loop: takes batches from a source and publishes them to stock-prices, in order. One publish is in
// flight while the next batch is made, no more; a slow log holds the source back.

import { setImmediate as turn } from 'node:timers/promises'
import type { EventLog } from '#log/event_log'
import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import { SHUTDOWN_GRACE_MS } from '#services/producer/limits'
import { openPublishing, type Publishing } from '#services/producer/publishing'
import { sentLines } from '#services/producer/sent_lines'
import type { QuoteSource, SourceBatch, SourceSkips } from '#services/producer/sources/quote_source'

/** The parts of a producer. */
export interface ProducerOptions {
  readonly source: QuoteSource
  readonly log: Pick<EventLog, 'publish' | 'openPositioned'>
  /** Let the source begin anew, wherever it stands. Default false. */
  readonly beginAnew?: boolean
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  /** Takes console lines, without a line end. */
  readonly print: (line: string) => void
  /** Told to, and read by whoever shows them. */
  readonly counters?: ProducerCounters
  /** Aborting it stops the producer: what is in flight is finished, within SHUTDOWN_GRACE_MS. */
  readonly signal: AbortSignal
}

/** What a producer has done since it started; what its source skipped is asked of the source. */
export interface ProducerCounters {
  /** Records that the log acknowledged. */
  sent: number
  /** Publishes that failed and were tried again. */
  publishRetries: number
}

/** All at zero. */
export function newProducerCounters(): ProducerCounters {
  return { sent: 0, publishRetries: 0 }
}

/** What a producer did. */
export interface ProducerSummary {
  /** Records that the log acknowledged. */
  readonly sent: number
  /** Records whose publish had not ended when the time to stop was over: the log may hold them, or not. */
  readonly unresolved: number
  /** What the source took in and did not hand on. */
  readonly skipped: SourceSkips
  readonly durationMs: number
}

/**
 * Runs until the source ends or the signal aborts. Throws the log's PlatformError when a batch cannot be published,
 * PUBLISH_RETRY notwithstanding, and the source's SOURCE_FAILED.
 */
export async function runProducer(options: ProducerOptions): Promise<ProducerSummary> {
  const { source, clock, logger, signal, counters = newProducerCounters() } = options
  const startedAt = clock.now()
  logger.info(source.describe())
  const positionName = await source.positionName(signal)
  const publishing = await openPublishing({ ...options, positionName, onRetry: () => counters.publishRetries++ })
  const failed = new AbortController()
  const flights = openFlights(publishing, { ...options, counters }, () => failed.abort())
  let unresolved: number
  try {
    const stop = AbortSignal.any([signal, failed.signal])
    await publishAll(flights, source.batches(publishing.position, stop))
  } finally {
    // Also when the source has failed: what it had handed over is published first.
    unresolved = await flights.landed()
    flights.end()
    if (unresolved === 0) await publishing.close()
  }
  sayTheEnd(options, { unresolved, keepsPosition: positionName !== null })
  return { sent: counters.sent, unresolved, skipped: source.skips(), durationMs: clock.now() - startedAt }
}

function sayTheEnd(
  { source, logger, signal }: ProducerOptions,
  { unresolved, keepsPosition }: { readonly unresolved: number; readonly keepsPosition: boolean },
): void {
  const fate = keepsPosition ? 'are sent by the next start unless they arrived' : 'may be missing'
  if (unresolved > 0) logger.warn({ unresolved }, `the log did not answer in time: ${unresolved} quotes ${fate}`)
  if (!signal.aborted && source.ended !== undefined) logger.info(source.ended())
}

async function publishAll(flights: Flights, batches: AsyncIterable<SourceBatch>): Promise<void> {
  for await (const batch of batches) {
    if ((await flights.landed()) > 0) return
    flights.start(batch)
    // A log that answers without I/O would otherwise keep signals and timers waiting for ever.
    await turn()
  }
}

type CountingOptions = ProducerOptions & Required<Pick<ProducerOptions, 'counters'>>

/** One publish at a time. */
interface Flights {
  start(batch: SourceBatch): void
  /**
   * Waits for the publish in flight, and throws what it throws; after an abort no longer than the grace. Returns how
   * many records are unresolved then.
   */
  landed(): Promise<number>
  /** Says what is not yet said. */
  end(): void
}

function openFlights(publishing: Publishing, options: CountingOptions, onFailure: () => void): Flights {
  const lines = sentLines(options.clock, options.print)
  const waiter = graceWaiter(options)
  let flight: Promise<void> = Promise.resolve()
  let pending = 0
  const publish = async (batch: SourceBatch) => {
    await publishing.publish(batch)
    options.counters.sent += batch.records.length
    pending = 0
    lines.add(batch.records)
  }
  return {
    start(batch) {
      pending = batch.records.length
      flight = publish(batch)
      // Told at once: a source that rests for minutes must not hide the failure. Thrown where the flight is awaited.
      flight.catch(onFailure)
    },
    landed: async () => ((await waiter.isSettled(flight)) ? 0 : pending),
    end: () => lines.end(),
  }
}

/** Waits for work without end, until the signal aborts: from then on for SHUTDOWN_GRACE_MS in all. */
function graceWaiter({ clock, signal }: ProducerOptions) {
  let deadline = signal.aborted ? clock.now() + SHUTDOWN_GRACE_MS : Number.POSITIVE_INFINITY
  const setDeadline = () => {
    deadline = clock.now() + SHUTDOWN_GRACE_MS
  }
  signal.addEventListener('abort', setDeadline, { once: true })
  const isSettled = (work: Promise<void>) =>
    new Promise<boolean>((resolve, reject) => {
      const over = new AbortController()
      const giveUp = () => clock.sleep(Math.max(0, deadline - clock.now()), over.signal).then(() => resolve(false))
      if (signal.aborted) giveUp()
      else signal.addEventListener('abort', giveUp, { once: true, signal: over.signal })
      // With a reason, or each publish would make an error with a stack.
      work.then(() => resolve(true), reject).finally(() => over.abort('settled'))
    })
  return { isSettled }
}
