// Groups of a log that is only read. Nobody else can see a member that writes nothing, so each run is alone in its
// group and holds every partition of its topics from the first balance to the end.

import type { Balance, GroupStore, Lease, Membership } from '#log/embedded/sqlite/group_store'
import type { TopicStore } from '#log/embedded/sqlite/topic_store'

/** The parts of a group store that would write, without writing; what groups have committed stays readable. */
export function readOnlyGroups(
  topics: TopicStore,
  newId: () => string,
): Pick<GroupStore, 'balance' | 'release' | 'leave'> {
  const leases = new Map<string, readonly Lease[]>()
  const leasesFor = ({ group, topics: names }: Membership): readonly Lease[] =>
    names.flatMap((topic) =>
      topics.get(topic).partitionIds.map((partitionId, partition) => {
        return { topic, partition, partitionId, group, leaseId: newId() }
      }),
    )
  return {
    balance(membership): Balance {
      const known = leases.get(membership.memberId)
      const held = known ?? leasesFor(membership)
      leases.set(membership.memberId, held)
      return {
        acquired: known === undefined ? held : [],
        held: new Set(held.map(({ leaseId }) => leaseId)),
        wanted: new Set(held.map(({ partitionId }) => partitionId)),
      }
    },
    release() {},
    leave: ({ memberId }) => void leases.delete(memberId),
  }
}
