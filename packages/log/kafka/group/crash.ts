// Why a consumer has died, as an error that a person can act upon: a gap names its offsets.

import { messageOf, type PlatformError } from '#runtime/errors'
import type { AssignedPartitions } from '../partition/assigned_partitions.ts'
import { gapError } from '../partition/log_gap.ts'
import { rangeOf } from '../partition/opening.ts'
import type { RunContext } from './run_context.ts'

/** The run whose consumer has died. */
export interface CrashedRun {
  readonly run: RunContext
  readonly partitions: AssignedPartitions
}

/** The error of a crash as ours. */
export async function crashError(error: unknown, crashed: CrashedRun): Promise<PlatformError> {
  const { client, options } = crashed.run
  const mapped = client.errorOf(error, `read ${options.topics.join(', ')} as group ${options.group}`)
  return mapped.code === 'LOG_GAP' ? await explained(mapped, crashed) : mapped
}

async function explained(error: PlatformError, { run, partitions }: CrashedRun): Promise<PlatformError> {
  try {
    for (const partition of partitions.assigned()) {
      const range = await rangeOf({ at: partition.at, run })
      const { position } = partition
      if (position < range.start || position > range.end) return gapError(position, range, run.options.group)
    }
  } catch (failure) {
    run.client.logger.debug({ reason: messageOf(failure) }, 'where the gap is could not be asked')
  }
  return error
}
