// The real services as tests see them: present with an address, or missing with a reason and the tests skipped.
// A test file that uses them calls one of these functions itself; the run's start looks for their names in it.

import { randomUUID } from 'node:crypto'
import { describe, inject } from 'vitest'
import type { KafkaAddress, Provided, S3Address } from '#support/services/addresses'

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

/** A suite that needs both. */
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
