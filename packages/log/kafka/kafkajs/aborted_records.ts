// Which records of a fetch belong to aborted transactions. kafkajs has a filter of its own that takes up one
// transaction a message, in the order of their ends: where several interleave in a partition it shows aborted records,
// and can hide committed ones for good. Source: KIP-98, and Kafka's own consumer, which goes by their first offsets.

/** A message as kafkajs decodes it. */
export interface FetchedMessage {
  readonly offset: string
  readonly key: Uint8Array | null
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean }
  /** Such messages are never handed on. */
  isControlRecord?: boolean
}

/** An aborted transaction, as the broker lists it. */
export interface AbortedTransaction {
  readonly producerId: string
  readonly firstOffset: string
}

/** Marks the records of aborted transactions as control records. */
export function hideAborted(messages: readonly FetchedMessage[], aborted: readonly AbortedTransaction[]): void {
  const starts = aborted.map(({ producerId, firstOffset }) => ({ producerId, at: Number(firstOffset) }))
  starts.sort((a, b) => a.at - b.at)
  const open = new Set<string>()
  let next = 0
  for (const message of messages) {
    for (; next < starts.length && (starts[next]?.at ?? 0) <= Number(message.offset); next++) {
      open.add(starts[next]?.producerId ?? '')
    }
    const { producerId, inTransaction } = message.batchContext ?? { producerId: '', inTransaction: false }
    if (message.isControlRecord === true) {
      if (isAbort(message)) open.delete(producerId)
    } else if (inTransaction && open.has(producerId)) message.isControlRecord = true
  }
}

/** A marker's key is its version and its type, 16 bits each; type 0 aborts. */
function isAbort({ key }: FetchedMessage): boolean {
  return key !== null && key.length >= 4 && key[2] === 0 && key[3] === 0
}
