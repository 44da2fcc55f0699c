// The name under which the stream service's instances share the partitions, and commit.

/** The consumer group of the stream service. */
export const STREAM_GROUP = 'stream'
