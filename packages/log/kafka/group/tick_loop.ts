// Ticks: about every TICK_INTERVAL_MS each open partition that is not busy is ticked, whether or not records arrive.

import { TICK_INTERVAL_MS } from '#log/event_log'
import type { AssignedPartitions } from '../partition/assigned_partitions.ts'
import type { RunContext } from './run_context.ts'

/** Ticks until the run stops. */
export async function tickWhile(run: RunContext, partitions: AssignedPartitions): Promise<void> {
  if (run.processor.tick === undefined) return
  while (!run.stopping.aborted) {
    await run.client.clock.sleep(TICK_INTERVAL_MS, run.stopping)
    for (const partition of partitions.assigned()) partition.tick()
  }
}
