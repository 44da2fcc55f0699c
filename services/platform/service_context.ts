// What a process lends to the services that run in it. Nothing of a service reads the environment, the clock or
// randomness by itself.

import type { EventLog } from '#log/event_log'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import type { LineConsole } from '#runtime/console/console'
import type { Logger } from '#runtime/logger'
import type { Settings } from '#runtime/settings'

/** What services are handed. */
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
  /** Any place, by path or URL, with the S3 settings. */
  openStore(url: string): Promise<ObjectStore>
  /** Kafka when KAFKA_BROKERS is set, else the embedded log in DATA_DIR. */
  openLog(): Promise<EventLog>
}
