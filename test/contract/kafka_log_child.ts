// How the contract, and its child processes, open the Kafka log. The argument is what KAFKA_BROKERS takes.

import type { EventLog } from '#log/event_log'
import { openKafkaLog } from '#log/kafka/kafka_log'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'

/** A run gives up its last work after seconds, so that a service ends; on a busy machine sound work takes longer. */
const PATIENT = { stopBatchMs: 60_000, stopFlushMs: 60_000 }

/** Opens the log of a contract test. */
export function openLog(brokers: string): Promise<EventLog> {
  return openKafkaLog({
    brokers: brokers.split(','),
    clientId: 'tickerlake-contract',
    ssl: false,
    logger: silentLogger,
    clock: systemClock,
    limits: PATIENT,
  })
}
