// What the patches change of kafkajs's own classes, seen on these classes.

import { createRequire } from 'node:module'
import { beforeAll, expect, test } from 'vitest'
import { kafkaError } from '#log/kafka/kafkajs/errors'
import { patchKafkajs } from '#log/kafka/kafkajs/patches'
import { startProgram } from '#support/start_tickerlake'

const require = createRequire(import.meta.url)

interface Cluster {
  metadata(question?: { topics?: readonly string[] }): Promise<unknown>
}

/** A cluster whose brokers answer as told. */
function clusterThat(answers: () => Promise<unknown>): Cluster {
  const { prototype } = require('kafkajs/src/cluster') as { readonly prototype: Cluster }
  const retrier = (work: (bail: (error: unknown) => never) => Promise<unknown>) =>
    work((error) => {
      throw error
    })
  const brokerPool = { refreshMetadataIfNecessary: async () => {}, withBroker: answers }
  return Object.assign(Object.create(prototype), { retrier, brokerPool })
}

beforeAll(() => patchKafkajs())

test('brokers of which none answers a question of the cluster are brokers out of reach', async () => {
  const error = await clusterThat(async () => null)
    .metadata()
    .catch((thrown: unknown) => thrown)
  expect(kafkaError(error, { brokers: ['b:9092'], doing: 'connect to Kafka' })).toMatchObject({
    code: 'LOG_UNREACHABLE',
    retryable: true,
    message: expect.stringContaining('no broker has answered'),
  })
})

test('an answer about the cluster is passed on', async () => {
  const answer = { clusterId: 'c' }
  expect(await clusterThat(async () => answer).metadata({ topics: [] })).toBe(answer)
})

// The tests' own loader finds named exports of kafkajs that Node does not.
test('the patches load in Node itself', async () => {
  const program = "import('#log/kafka/kafkajs/patches').then(({ patchKafkajs }) => patchKafkajs())"
  const child = startProgram(['-e', program], {})
  expect(await child.ended, child.stderr.join('\n')).toEqual({ code: 0, signal: null })
})
