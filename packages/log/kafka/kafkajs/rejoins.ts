// When a member of a group joins it again. kafkajs does so as soon as a heartbeat says that members come or go, unless
// a batch is in hand. In a group that is joined every tenth of a second, a partition then goes from one to the next
// before anybody has got on with it. Here a member may bring its partitions on first: Kafka waits for it until the
// rebalance timeout, which is longer. Source: kafkajs/src/consumer/{consumerGroup,runner}.js, version 2.2.4.

/** kafkajs's membership of a group, as far as it is changed. */
export interface MembershipInternals {
  readonly memberId: string | null
  heartbeat(options: object): Promise<void>
}

/** By the id of each member of this process: whether it is too busy to join again. */
const members = new Map<string, () => boolean>()

/**
 * Asks `isBusy` whenever the member would join again: while it says so, the member stays as it is. Returns what ends
 * the asking.
 */
export function postponeRejoins(memberId: string, isBusy: () => boolean): () => void {
  members.set(memberId, isBusy)
  return () => {
    if (members.get(memberId) === isBusy) members.delete(memberId)
  }
}

/** Whether a heartbeat's failure is to be passed over. */
export function isPostponed(memberId: string | null, error: unknown): boolean {
  if ((error as { readonly type?: unknown }).type !== 'REBALANCE_IN_PROGRESS') return false
  return memberId !== null && members.get(memberId)?.() === true
}

/** Has memberships pass over the failures of heartbeats that are postponed. */
export function rejoinAfterSteps({ prototype }: { readonly prototype: MembershipInternals }): void {
  const heartbeat = prototype.heartbeat
  prototype.heartbeat = async function (options) {
    try {
      await heartbeat.call(this, options)
    } catch (error) {
      if (!isPostponed(this.memberId, error)) throw error
    }
  }
}
