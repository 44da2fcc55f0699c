// Consumers of kafkajs have been seen to stop without a word after rebalances (its issues 1441 and 1721). When
// partitions are open and idle, fetches must keep being answered, empty ones too; else the run ends, and whoever runs
// it starts anew. Quiet time is counted in rounds, not read off the clock: a process that was frozen must not take
// that for a stall.

import { PlatformError } from '#runtime/errors'
import type { AssignedPartitions } from '../partition/assigned_partitions.ts'
import type { RunContext } from './run_context.ts'

const ROUND_MS = 1_000

/** Watches the answers to fetches. */
export class Watchdog {
  readonly #run: RunContext
  readonly #partitions: AssignedPartitions
  #answered = false

  constructor(run: RunContext, partitions: AssignedPartitions) {
    this.#run = run
    this.#partitions = partitions
  }

  /** A fetch was answered. */
  answered(): void {
    this.#answered = true
  }

  /** Watches until the run stops. Throws LOG_STALLED. */
  async watch(): Promise<void> {
    const { stopping, client } = this.#run
    const { clock, limits } = client
    const roundMs = Math.min(ROUND_MS, limits.stallMs)
    for (let quietMs = 0; !stopping.aborted; ) {
      await clock.sleep(roundMs, stopping)
      quietMs = this.#mustAnswer() && !this.#answered ? quietMs + roundMs : 0
      this.#answered = false
      if (quietMs >= limits.stallMs && !stopping.aborted) throw this.#stalled()
    }
  }

  #mustAnswer(): boolean {
    const partitions = this.#partitions.assigned()
    return partitions.some((partition) => partition.usable) && partitions.every((partition) => !partition.busy)
  }

  #stalled(): PlatformError {
    const { client, options } = this.#run
    const at = `Kafka at ${client.brokers.join(',')}`
    const message = `${at} has answered no fetch of group ${options.group} for ${client.limits.stallMs} ms; start again`
    return new PlatformError('LOG_STALLED', message, { retryable: true, fields: { group: options.group } })
  }
}
