// The transactions whose end a broker has taken on and not carried out yet: their markers are still to be written.
// kafkajs cannot ask for them, so the request is made here. Source: the Kafka protocol guide, ListTransactions,
// version 0; the names of the states are those of KIP-664.

import {
  compactArray,
  compactString,
  type FlexibleReader,
  NO_TAGS,
  sendFlexible,
} from '#log/kafka/cluster/flexible_message'
import { clusterConnection, type RawCluster } from '#log/kafka/cluster/raw_cluster'
import { createClient } from '#log/kafka/kafkajs/client'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { KafkaAddress } from '#support/services/addresses'

const LIST_TRANSACTIONS_API = 66
const NO_ERROR = 0
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
  const api = { apiKey: LIST_TRANSACTIONS_API, apiVersion: 0, apiName: 'ListTransactions' }
  return sendFlexible(broker, api, { request: encodeRequest(), read: isNone })
}

function encodeRequest(): Buffer {
  const ofAllProducers = compactArray([], () => [])
  return Buffer.concat([compactArray(ENDING, (state) => [compactString(state)]), ofAllProducers, NO_TAGS])
}

/** Whether the answer has no transaction in it. */
function isNone(reader: FlexibleReader): boolean {
  reader.int32()
  const error = reader.int16()
  if (LOADING.includes(error)) return false
  const unknownStates = reader.array(() => reader.string())
  if (error !== NO_ERROR || unknownStates.length > 0) {
    throw new Error(`the broker does not list its transactions: ${JSON.stringify({ error, unknownStates })}`)
  }
  const transactions = reader.array(() => {
    const id = reader.string()
    reader.int64()
    reader.string()
    reader.tags()
    return id
  })
  return transactions.length === 0
}
