// Runs once before all tests, in vitest's own process: finds the real services that the selected test files name and
// hands their addresses to the tests. A run of unit tests alone starts nothing.

import { readFile } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import type { Provided, ProvidedServices } from '#support/services/addresses'
import { type StartedServices, startServices } from '#support/services/start_services'

/** A test file that uses a service names one of these; #support/services/services exports them. */
const KAFKA_NAMES = /\b(describeWithKafka|describeWithServices|kafkaService)\b/
const S3_NAMES = /\b(describeWithS3|describeWithServices|describeWithStores|s3Service)\b/
const AZURE_NAMES = /\b(describeWithAzure|describeWithStores|azureService)\b/

/** Finds the services, and gives vitest what stops them again. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const texts = await Promise.all(project.vitest.state.getPaths().map((path) => readFile(path, 'utf8')))
  const started = await startServices({
    env: process.env,
    kafka: texts.some((text) => KAFKA_NAMES.test(text)),
    s3: texts.some((text) => S3_NAMES.test(text)),
    azure: texts.some((text) => AZURE_NAMES.test(text)),
    say: (line) => process.stderr.write(`${line}\n`),
  })
  project.provide('services', started.provided)
  await refuseMissing(started, process.env.TEST_REQUIRE_SERVICES === '1')
  return () => started.stop()
}

async function refuseMissing(started: StartedServices, required: boolean): Promise<void> {
  const missing = missingOf(started.provided)
  if (!required || missing.length === 0) return
  await started.stop()
  throw new Error(`TEST_REQUIRE_SERVICES=1, but these are missing: ${missing.join('; ')}`)
}

function missingOf(services: ProvidedServices): string[] {
  const line = (name: string, one: Provided<unknown>) => (one.kind === 'missing' ? [`${name} (${one.reason})`] : [])
  return [...line('Kafka', services.kafka), ...line('S3', services.s3), ...line('Azure', services.azure)]
}
