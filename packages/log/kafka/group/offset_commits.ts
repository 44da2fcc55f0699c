// The offsets that a run commits for others to see. One that the group refuses, as it does in the middle of a
// rebalance, is owed: it goes with the next ones, or as soon as the group confirms the member. A quiet partition may
// have no next one, and whoever watches the group would see a lag for ever. One request at a time, so that an older
// offset of this run cannot come after a newer one; kafkajs may try one for close to a minute, so all that comes
// meanwhile shares the next.

import type { PartitionCommit, TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import { messageOf } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import { freshRead } from '../cluster/fresh_read.ts'

/** What it takes to commit offsets. */
export interface OffsetCommitsParts {
  readonly logger: Logger
  /** Whether the partition is open and the member's own. */
  usable(at: TopicPartition): boolean
  send(commits: readonly PartitionCommit[]): Promise<void>
}

/** Commits offsets; failures are logged, never thrown. */
export class OffsetCommits {
  readonly #parts: OffsetCommitsParts
  readonly #send = freshRead(() => this.#sendUsable())
  /** The newest of each partition that is not known to be committed. */
  readonly #owed = new Map<string, PartitionCommit>()
  #isSending = false

  constructor(parts: OffsetCommitsParts) {
    this.#parts = parts
  }

  /** Commits those of usable partitions, and what is owed; resolves when that was tried once. */
  async commit(commits: readonly PartitionCommit[]): Promise<void> {
    for (const commit of commits) if (this.#parts.usable(commit)) this.#owed.set(partitionName(commit), commit)
    if (this.#owed.size > 0) await this.#send()
  }

  /** Commits what is owed, unless that is under way. */
  async sendOwed(): Promise<void> {
    if (this.#owed.size > 0 && !this.#isSending) await this.#send()
  }

  /** Drops what is owed of a partition that is closed: by now it may be another's, who is further on. */
  forget(at: TopicPartition): void {
    this.#owed.delete(partitionName(at))
  }

  async #sendUsable(): Promise<void> {
    const commits = [...this.#owed.values()].filter((commit) => this.#parts.usable(commit))
    if (commits.length === 0) return
    this.#isSending = true
    try {
      await this.#parts.send(commits)
      for (const commit of commits) if (this.#owed.get(partitionName(commit)) === commit) this.forget(commit)
    } catch (error) {
      this.#parts.logger.warn({ reason: messageOf(error) }, 'offsets for others to see were not committed')
    } finally {
      this.#isSending = false
    }
  }
}
