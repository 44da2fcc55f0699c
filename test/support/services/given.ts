// Services that the environment names: TEST_KAFKA_BROKERS, TEST_S3_ENDPOINT with its credentials, and
// TEST_AZURE_ENDPOINT with its key.
// One that is named but does not answer is broken, not absent: nothing else may quietly take its place.

import type { Env } from '#runtime/settings'
import type { AzureAddress, KafkaAddress, S3Address } from '#support/services/addresses'
import { unavailable, type WayOutcome } from '#support/services/find_service'
import { answers } from '#support/services/reach'

/** The Kafka of TEST_KAFKA_BROKERS. */
export async function givenKafka(env: Env): Promise<WayOutcome<KafkaAddress>> {
  const brokers = env.TEST_KAFKA_BROKERS ?? ''
  if (brokers === '') return unavailable('')
  for (const broker of brokers.split(',')) {
    const colon = broker.lastIndexOf(':')
    if (await answers(broker.slice(0, colon), Number(broker.slice(colon + 1)))) return running({ brokers }, brokers)
  }
  return { kind: 'broken', reason: `TEST_KAFKA_BROKERS=${brokers} does not answer; start it or unset the variable` }
}

/** The S3 store of TEST_S3_ENDPOINT; TEST_S3_* credentials go before AWS_*. */
export async function givenS3(env: Env): Promise<WayOutcome<S3Address>> {
  const endpoint = env.TEST_S3_ENDPOINT ?? ''
  if (endpoint === '') return unavailable('')
  const accessKeyId = env.TEST_S3_ACCESS_KEY_ID ?? env.AWS_ACCESS_KEY_ID
  const secretAccessKey = env.TEST_S3_SECRET_ACCESS_KEY ?? env.AWS_SECRET_ACCESS_KEY
  const region = env.TEST_S3_REGION ?? env.AWS_REGION ?? 'us-east-1'
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const wanted = 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
    return { kind: 'broken', reason: `TEST_S3_ENDPOINT is set without credentials; set ${wanted} too` }
  }
  const address = { endpoint, accessKeyId, secretAccessKey, region }
  return answering({ variable: 'TEST_S3_ENDPOINT', endpoint }, address)
}

/** The Azure account of TEST_AZURE_ENDPOINT, whose key is AZURE_STORAGE_KEY. The account is in its path or host. */
export async function givenAzure(env: Env): Promise<WayOutcome<AzureAddress>> {
  const endpoint = env.TEST_AZURE_ENDPOINT ?? ''
  if (endpoint === '') return unavailable('')
  const key = env.AZURE_STORAGE_KEY
  if (key === undefined) {
    return { kind: 'broken', reason: 'TEST_AZURE_ENDPOINT is set without credentials; set AZURE_STORAGE_KEY too' }
  }
  const [, account = ''] =
    /^https?:\/\/[^/]*\/([a-z0-9]+)\/*$/.exec(endpoint) ?? /\/\/([a-z0-9]+)\./.exec(endpoint) ?? []
  return answering({ variable: 'TEST_AZURE_ENDPOINT', endpoint }, { endpoint, account, key })
}

async function answering<A>(given: { variable: string; endpoint: string }, address: A): Promise<WayOutcome<A>> {
  const { variable, endpoint } = given
  if (!URL.canParse(endpoint)) return { kind: 'broken', reason: `${variable}=${endpoint} is not a URL` }
  const url = new URL(endpoint)
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  if (await answers(url.hostname, port)) return running(address, endpoint)
  return { kind: 'broken', reason: `${variable}=${endpoint} does not answer; start it or unset the variable` }
}

function running<A>(address: A, label: string): WayOutcome<A> {
  return { kind: 'running', service: { address, label: `given, ${label}`, stop: async () => {} } }
}
