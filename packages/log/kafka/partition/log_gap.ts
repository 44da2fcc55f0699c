// LOG_GAP: a group's position lies outside of what the log keeps. Kafka's clients would silently go on at one end of
// the log. Here it is an error that names the partition and the offsets, since only a person can decide where to go on.

import type { PartitionRange } from '#log/event_log'
import { PlatformError } from '#runtime/errors'

/** Throws LOG_GAP unless a group can read on from `position`. */
export function refuseGap(position: number, range: PartitionRange, group: string): void {
  if (position < range.start || position > range.end) throw gapError(position, range, group)
}

/** The failure of reading on from a position that the log does not hold. */
export function gapError(position: number, range: PartitionRange, group: string): PlatformError {
  const { topic, partition, start, end } = range
  const where = `partition ${partition} of ${topic}`
  const what =
    position < start
      ? `records ${position} to ${start - 1} of ${where} are gone, and group ${group} has not processed them`
      : `group ${group} stands at ${position} in ${where}, which ends at ${end}: the topic was cut or created anew`
  const advice = 'nothing was skipped; decide where the group should go on, and raise the retention of the topic'
  const fields = { topic, partition, group, position, logStart: start, logEnd: end }
  return new PlatformError('LOG_GAP', `${what}; ${advice}`, { fields })
}
