// How the position of a source is kept, on either log: as the committed metadata of a group without members, in
// partition 0 of the topic that the source publishes to.

import type { PartitionCommit, PositionOwner } from '#log/event_log'
import { offset } from '#runtime/units'

const HOLDER = 0

/** The group that keeps a source's position. */
export function positionGroupOf({ name }: PositionOwner): string {
  if (!/^[\w.-]{1,128}$/.test(name)) throw new Error(`${JSON.stringify(name)} cannot name the source of a position`)
  return `source-${name}`
}

/** The partition whose committed offset holds it. */
export function positionPartitionOf({ topic }: PositionOwner) {
  return { topic, partition: HOLDER }
}

/** The commit of records and position. The offset says nothing; the metadata is all. */
export function positionCommit(owner: PositionOwner, made: Pick<PartitionCommit, 'outputs' | 'metadata'>) {
  return { ...positionPartitionOf(owner), next: offset(0), ...made } satisfies PartitionCommit
}
