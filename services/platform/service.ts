// What every service of the platform is to the commands that run it. Each one is made in a file of its own
// (producer_service.ts and its like), which is loaded when it runs: a stream has no use for Parquet, nor a writer for
// Yahoo.

import type { EventLog, TopicPartition } from '#log/event_log'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import type { LineConsole } from '#runtime/console/console'
import type { Health } from '#runtime/health'
import type { Logger } from '#runtime/logger'
import type { Counters } from '#runtime/metrics'
import type { Settings } from '#runtime/settings'

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

/**
 * What a process lends to the services that run in it. Nothing of a service reads the environment, the clock or
 * randomness by itself.
 */
export interface ServiceContext {
  /** What the environment says: of the groups that were asked for. */
  readonly settings: Settings
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  /** For a service's lines, which never hold it up. */
  readonly console: LineConsole
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  readonly logger: Logger
  /** Aborted when the process is asked to end: end in good order within 10 s. */
  readonly signal: AbortSignal
  /** Any place, by path or URL, with the settings of its kind. */
  openStore(url: string): Promise<ObjectStore>
  /** Kafka when KAFKA_BROKERS is set, else the embedded log in DATA_DIR. */
  openLog(): Promise<EventLog>
}
