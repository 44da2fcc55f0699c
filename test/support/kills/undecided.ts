// The transactions whose end a broker has taken on and not carried out yet: their markers are still to be written.
// kafkajs cannot ask for them, so the request is made here. Source: the Kafka protocol guide, ListTransactions,
// version 0; the names of the states are those of KIP-664.

import { clusterConnection, type RawCluster } from '#log/kafka/cluster/raw_cluster'
import { createClient } from '#log/kafka/kafkajs/client'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { KafkaAddress } from '#support/services/addresses'

const LIST_TRANSACTIONS_API = 66
const ENDING = ['PrepareCommit', 'PrepareAbort']
/** COORDINATOR_LOAD_IN_PROGRESS and COORDINATOR_NOT_AVAILABLE, after the start of a broker. */
const LOADING = [14, 15]
/** So many answers in a row: a request that arrived before the first of them may still be on its way in the broker. */
const LOOKS = 20
const LOOK_MS = 50
const LOOKS_MS_MAX = 60_000

/** Resolves when the broker has carried out the end of each transaction that it was asked to end. */
export async function untilDecided({ brokers }: KafkaAddress): Promise<void> {
  const options = { clientId: 'undecided', ssl: false, clock: systemClock, logger: silentLogger }
  const connection = clusterConnection(createClient({ ...options, brokers: [brokers] }))
  try {
    const deadline = systemClock.now() + LOOKS_MS_MAX
    for (let looks = 0; looks < LOOKS; ) {
      looks = (await connection.use(isNoneEnding)) ? looks + 1 : 0
      if (systemClock.now() > deadline) throw new Error('the broker does not come to the end of its transactions')
      await systemClock.sleep(LOOK_MS)
    }
  } finally {
    await connection.close()
  }
}

async function isNoneEnding(cluster: RawCluster): Promise<boolean> {
  const broker = await cluster.brokerPool.findConnectedBroker()
  return broker.connectionPool.send({
    request: {
      apiKey: LIST_TRANSACTIONS_API,
      apiVersion: 0,
      apiName: 'ListTransactions',
      encode: async () => {
        const buffer = encodeRequest()
        return { buf: buffer, buffer }
      },
    },
    response: {
      decode: async (payload) => isEmpty(payload),
      parse: async (found) => found,
    },
  })
}

/** The body, and before it the tagged fields that end a flexible request header, which kafkajs does not write. */
function encodeRequest(): Buffer {
  const [noTags, allProducers] = [0, 1]
  const states = ENDING.map((state) => [state.length + 1, ...Buffer.from(state)])
  return Buffer.from([noTags, states.length + 1, ...states.flat(), allProducers, noTags])
}

/** Tagged fields, throttle time, error; then compact arrays: states that the broker does not know, and transactions. */
function isEmpty(payload: Buffer): boolean {
  const [tags, error, unknownStates] = [payload.readUInt8(0), payload.readInt16BE(5), payload.readUInt8(7)]
  if (LOADING.includes(error)) return false
  if (tags !== 0 || error !== 0 || unknownStates !== 1) {
    throw new Error(`the broker does not list its transactions: ${payload.toString('hex')}`)
  }
  return payload.readUInt8(8) === 1
}
