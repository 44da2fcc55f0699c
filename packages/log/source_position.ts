// How the position of a source is kept, on either log: as the committed metadata of a group without members, in
// partition 0 of the topic that the source publishes to.

import type { NewRecords, PartitionCommit, PositionedPublisher, PositionOwner } from '#log/event_log'
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

/** A commit of which the outputs may also be columns, as those of a source are. */
export interface RecordsCommit extends Omit<PartitionCommit, 'outputs'> {
  readonly outputs: NewRecords
}

/** How a log keeps a position, for positionedPublisher. */
export interface KeptPosition {
  readonly position: string | null
  /** Makes records and position durable as one, or neither. */
  commit(commit: RecordsCommit): Promise<void>
  close(): Promise<void>
}

/**
 * The publisher of a source, on either log: it knows what was committed last, and after a failure does nothing more.
 */
export function positionedPublisher(owner: PositionOwner, kept: KeptPosition): PositionedPublisher {
  let { position } = kept
  let hasFailed = false
  return {
    get position() {
      return position
    },
    async publish(outputs, reached) {
      if (hasFailed) throw new Error(`the source ${owner.name} failed to publish before and was not opened again`)
      const commit = { ...positionPartitionOf(owner), next: NO_OFFSET, outputs, metadata: reached }
      await kept.commit(commit).catch((error: unknown) => {
        hasFailed = true
        throw error
      })
      position = reached
    },
    close: () => kept.close(),
  }
}

/** The offset of such a commit says nothing; the metadata is all. */
const NO_OFFSET = offset(0)
