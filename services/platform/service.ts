// What every service of the platform is to the commands that run it. Each one is made in a file of its own
// (producer_service.ts and its like), which is loaded when it runs: a stream has no use for Parquet, nor a writer for
// Yahoo.

import type { EventLog, TopicPartition } from '#log/event_log'
import type { Health } from '#runtime/health'
import type { Counters } from '#runtime/metrics'

/** What a service runs on. */
export interface ServiceParts {
  readonly log: EventLog
  readonly signal: AbortSignal
  readonly health: Health | undefined
  /** End at the end of what there is. */
  readonly bounded?: boolean
  /** Told of each partition that the service is given. */
  readonly onPartition?: (partition: TopicPartition) => void
}

/** A service with its settings read and checked, not yet running. */
export type Service<T> = (parts: ServiceParts) => Promise<T>

/** A service that reads the log, and so can be run to its end. */
export interface DrainableService<C extends Counters> {
  readonly name: 'stream' | 'writer'
  /** What it reads. */
  readonly topics: readonly string[]
  readonly run: Service<C>
}
