// The real services as tests see them: present with an address, or missing with a reason and the tests skipped.
// A test file that uses them calls one of these functions itself; the run's start looks for their names in it.

import { randomUUID } from 'node:crypto'
import { describe, inject } from 'vitest'
import type { AzureAddress, KafkaAddress, Provided, S3Address } from '#support/services/addresses'

/** What a service is when it is not there. */
export interface MissingService {
  readonly missing: string
}

/** The run's Kafka. */
export function kafkaService(): KafkaAddress | MissingService {
  return addressOf('Kafka', inject('services').kafka)
}

/** The run's S3 store. */
export function s3Service(): S3Address | MissingService {
  return addressOf('S3', inject('services').s3)
}

/** The run's account of Azure storage. */
export function azureService(): AzureAddress | MissingService {
  return addressOf('Azure', inject('services').azure)
}

/** A suite that needs Kafka. Without it the suite is skipped, and its body gets an address that leads nowhere. */
export function describeWithKafka(name: string, body: (kafka: KafkaAddress) => void): void {
  const kafka = kafkaService()
  describeUnlessMissing(name, [kafka], () => body('missing' in kafka ? NO_KAFKA : kafka))
}

/** A suite that needs an S3 store; as describeWithKafka. */
export function describeWithS3(name: string, body: (s3: S3Address) => void): void {
  const s3 = s3Service()
  describeUnlessMissing(name, [s3], () => body('missing' in s3 ? NO_S3 : s3))
}

/** A suite that needs an account of Azure storage; as describeWithKafka. */
export function describeWithAzure(name: string, body: (azure: AzureAddress) => void): void {
  const azure = azureService()
  describeUnlessMissing(name, [azure], () => body('missing' in azure ? NO_AZURE : azure))
}

/** A suite that needs both kinds of stores that are not on this machine. */
export function describeWithStores(
  name: string,
  body: (stores: { readonly s3: S3Address; readonly azure: AzureAddress }) => void,
): void {
  const s3 = s3Service()
  const azure = azureService()
  describeUnlessMissing(name, [s3, azure], () =>
    body({ s3: 'missing' in s3 ? NO_S3 : s3, azure: 'missing' in azure ? NO_AZURE : azure }),
  )
}

/** A suite that needs Kafka and an S3 store. */
export function describeWithServices(
  name: string,
  body: (services: { readonly kafka: KafkaAddress; readonly s3: S3Address }) => void,
): void {
  const kafka = kafkaService()
  const s3 = s3Service()
  describeUnlessMissing(name, [kafka, s3], () =>
    body({ kafka: 'missing' in kafka ? NO_KAFKA : kafka, s3: 'missing' in s3 ? NO_S3 : s3 }),
  )
}

/** A name that no other test uses: for topics, groups and buckets alike. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 13)}`
}

const NO_KAFKA: KafkaAddress = { brokers: '' }
const NO_AZURE: AzureAddress = {
  endpoint: 'http://127.0.0.1:1/devstoreaccount1',
  account: 'devstoreaccount1',
  key: 'bm8ga2V5LCBzaW5jZSB0aGVyZSBpcyBubyBzdG9yZQ==',
}
const NO_S3: S3Address = { endpoint: '', accessKeyId: '', secretAccessKey: '', region: '' }

function addressOf<A>(name: string, provided: Provided<A>): A | MissingService {
  if (provided.kind === 'running') return provided.address
  if (provided.kind === 'missing') return { missing: `${name}: ${provided.reason}` }
  throw new Error(`${name} was not looked for: the test file itself must call describeWith${name} or its like`)
}

function describeUnlessMissing(name: string, services: readonly (object | MissingService)[], body: () => void): void {
  const missing = services.flatMap((service) => ('missing' in service ? [service.missing] : []))
  if (missing.length === 0) describe(name, body)
  else describe(`${name} (skipped: ${missing.join('; ')})`, { skip: true, meta: { missingServices: missing } }, body)
}
