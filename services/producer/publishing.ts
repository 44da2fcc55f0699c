// How batches reach the log. A source with a position is published exactly once: position and records are one
// transaction, and after a failure of unknown outcome the position tells whether the batch arrived. One without is
// published at least once.

import type { EventLog, NewRecords, PositionedPublisher } from '#log/event_log'
import { PRICES_TOPIC } from '#market/topics'
import type { Clock } from '#runtime/clock'
import { messageOf, PlatformError } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import { retry } from '#runtime/retry'
import { PUBLISH_RETRY } from '#services/producer/limits'

/** What publishing needs. */
export interface PublishingOptions {
  readonly log: Pick<EventLog, 'publish' | 'openPositioned'>
  /** The source's name in the log; null when it has no position. */
  readonly positionName: string | null
  /** Where the position is kept; default stock-prices. */
  readonly topic?: string
  /** Forget where the source stands. Default false. */
  readonly beginAnew?: boolean
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly signal: AbortSignal
  /** Told of each publish that failed and is tried again. */
  readonly onRetry: () => void
}

/** Records that are published together. */
export interface PublishedBatch {
  readonly records: NewRecords
  /** Where the source stands after these records; another for each batch. null from a source that cannot go on. */
  readonly position: string | null
}

/** Publishes batches, one after the other. */
export interface Publishing {
  /** Where the source stands in the log; null at its start, or when that is not kept. */
  readonly position: string | null
  /** Tries up to PUBLISH_RETRY times; throws the last error of the log. */
  publish(batch: PublishedBatch): Promise<void>
  close(): Promise<void>
}

/**
 * Takes the place of the old position when a source is to begin anew. Otherwise a batch that comes to the old position
 * once more would look as if it had arrived already, and would not be sent.
 */
const AT_THE_START = 'start'

/** Opens the way into the log. Throws the log's PlatformError. */
export function openPublishing(options: PublishingOptions): Promise<Publishing> {
  const { positionName } = options
  return positionName === null ? openPlain(options) : openOnce(options, positionName)
}

async function openPlain(options: PublishingOptions): Promise<Publishing> {
  const { log } = options
  const warning = 'quotes that did arrive may be repeated'
  return {
    position: null,
    publish: ({ records }) => withRetries(() => log.publish(records), { ...options, doing: 'publish', warning }),
    close: async () => {},
  }
}

async function openOnce(options: PublishingOptions, name: string): Promise<Publishing> {
  const warning = 'nothing is lost or repeated'
  const open = () => options.log.openPositioned({ name, topic: options.topic ?? PRICES_TOPIC })
  const opening = { ...options, doing: 'ask where the source stands', warning }
  let publisher: PositionedPublisher | null = await withRetries(open, opening)
  let committed = publisher.position
  const publish = async ({ records, position }: PublishedBatch) => {
    publisher ??= await open()
    // The try before has arrived after all.
    if (publisher.position === position) return
    if (publisher.position !== committed) throw takenOver(name)
    const current = publisher
    publisher = null
    try {
      await current.publish(records, position as string)
      publisher = current
    } finally {
      if (publisher === null) void current.close().catch(() => {})
    }
  }
  const publishWithRetries = async (batch: PublishedBatch) => {
    await withRetries(() => publish(batch), { ...options, doing: 'publish', warning })
    committed = batch.position
  }
  if (options.beginAnew === true && committed !== null) {
    await publishWithRetries({ records: [], position: AT_THE_START })
  }
  return {
    position: committed === AT_THE_START ? null : committed,
    publish: publishWithRetries,
    close: async () => publisher?.close(),
  }
}

/** Positions move by their own process only; anybody else's commit means that two send the same quotes. */
function takenOver(name: string): PlatformError {
  const message = `another process has gone on with the source ${name}; this one stops, since each quote is sent once`
  return new PlatformError('SOURCE_FAILED', message, { fields: { source: name } })
}

interface Retried extends PublishingOptions {
  readonly doing: string
  readonly warning: string
}

function withRetries<T>(work: () => Promise<T>, { doing, warning, onRetry, logger, ...context }: Retried): Promise<T> {
  return retry(work, PUBLISH_RETRY, {
    ...context,
    onRetry: (error, attempt, delayMs) => {
      onRetry()
      logger.warn(
        { attempt, attemptsMax: PUBLISH_RETRY.attemptsMax, delayMs },
        `could not ${doing}, trying again in ${delayMs} ms; ${warning}: ${messageOf(error)}`,
      )
    },
  })
}
