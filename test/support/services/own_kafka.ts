// A Kafka of a test's own, for tests that kill the broker: others use the run's. It must be a process of ours, so it is
// native or not there.

import { onTestFinished } from 'vitest'
import { missing } from '#support/engines/python'
import { preferenceOf } from '#support/services/find_service'
import { kafkaJars, type NativeBroker, newBroker } from '#support/services/native_kafka'
import type { MissingService } from '#support/services/services'

/** Makes brokers. */
export interface OwnKafka {
  /** A broker for the running test, not started yet, gone after it; `settings` are its own. */
  newBroker(settings?: Readonly<Record<string, string>>): Promise<NativeBroker>
}

/** How to come by brokers, or why there are none. Throws instead when TEST_REQUIRE_SERVICES=1. */
export async function ownKafka(): Promise<OwnKafka | MissingService> {
  const { env } = process
  const what = 'a Kafka that may be killed'
  const preference = preferenceOf(env.TEST_SERVICES)
  if (preference === 'none') return { missing: `${what}: TEST_SERVICES=none` }
  if (preference === 'docker') return missing(what, 'TEST_SERVICES=docker, but it must be a process, not a container')
  const found = await kafkaJars(env, (line) => void process.stderr.write(`${line}\n`))
  if ('refusal' in found) return missing(what, found.refusal)
  return {
    async newBroker(settings) {
      const broker = await newBroker(found.libs, env, settings)
      onTestFinished(() => broker.remove())
      return broker
    },
  }
}
