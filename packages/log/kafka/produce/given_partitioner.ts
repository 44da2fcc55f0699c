// The partitioner that kafkajs is given: it takes the partition that we chose (requests.ts), and is how a producer that
// was thrown away is kept from sending.

/** What is sent, as far as its partition goes. */
export interface Placed {
  readonly partition?: number
}

/** The partitioner of one producer: takes the partition that we chose. */
export interface GivenPartitioner {
  readonly create: () => (args: { readonly message: Placed }) => number
  /**
   * Ends kafkajs's own retries of a producer that was thrown away: it would connect again and send what we no longer
   * wait for. kafkajs asks for the partitions before every try, and gives up at a TypeError.
   */
  giveUp(): void
}

/** Makes the partitioner of a producer. */
export function givenPartitioner(): GivenPartitioner {
  let givenUp = false
  const partitionOf = ({ message }: { readonly message: Placed }) => {
    if (givenUp) throw new TypeError('this producer was given up')
    if (message.partition === undefined) throw new Error('a message was sent without its partition')
    return message.partition
  }
  return {
    create: () => partitionOf,
    giveUp: () => {
      givenUp = true
    },
  }
}
