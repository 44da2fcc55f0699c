// Finds, and where needed starts, the real services of one test run, all at once.
// Invariant: what was started here is stopped by `stop`, or by the end of this process, whichever comes first.

import { messageOf } from '#runtime/errors'
import type { Env } from '#runtime/settings'
import type { Provided, ProvidedServices } from '#support/services/addresses'
import { dockerAzurite, dockerKafka, dockerMinio } from '#support/services/docker'
import { type Found, findService, preferenceOf, unavailable, type WaysTo } from '#support/services/find_service'
import { givenAzure, givenKafka, givenS3 } from '#support/services/given'
import { nativeKafka } from '#support/services/native_kafka'
import { nativeMinio } from '#support/services/native_minio'
import { nativeAzurite } from '#support/stores/native_azurite'

/** Which services to look for, and whom to tell how it goes. */
export interface ServicesWanted {
  readonly env: Env
  readonly kafka: boolean
  readonly s3: boolean
  readonly azure: boolean
  /** Progress and refusals, a line each. */
  readonly say: (line: string) => void
}

/** The services of a run. */
export interface StartedServices {
  readonly provided: ProvidedServices
  stop(): Promise<void>
}

/** Finds the wanted services as TEST_SERVICES and the other TEST_ variables say. */
export async function startServices({ env, say, kafka, s3, azure }: ServicesWanted): Promise<StartedServices> {
  const preference = preferenceOf(env.TEST_SERVICES)
  const kafkaWays = waysTo({
    given: () => givenKafka(env),
    docker: () => dockerKafka(say),
    native: () => nativeKafka(env, say),
  })
  const s3Ways = waysTo({
    given: () => givenS3(env),
    docker: () => dockerMinio(env, say),
    native: () => nativeMinio(env, say),
  })
  const azureWays = waysTo({
    given: () => givenAzure(env),
    docker: () => dockerAzurite(say),
    native: () => nativeAzurite(env, say),
  })
  const [foundKafka, foundS3, foundAzure] = await Promise.all([
    kafka ? findService(kafkaWays, preference) : undefined,
    s3 ? findService(s3Ways, preference) : undefined,
    azure ? findService(azureWays, preference) : undefined,
  ])
  const running = [foundKafka, foundS3, foundAzure].filter((found) => found?.kind === 'running')
  for (const { refusals, service } of running) for (const refusal of refusals) say(`${refusal}; took ${service.label}`)
  return {
    provided: { kafka: providedOf(foundKafka), s3: providedOf(foundS3), azure: providedOf(foundAzure) },
    async stop() {
      await Promise.all(running.map((found) => found.service.stop()))
    },
  }
}

/** A way that throws is a way that does not work. */
function waysTo<A>(ways: WaysTo<A>): WaysTo<A> {
  const guarded = (way: WaysTo<A>[keyof WaysTo<A>]) => () =>
    way().catch((error: unknown) => unavailable(messageOf(error)))
  return { given: guarded(ways.given), docker: guarded(ways.docker), native: guarded(ways.native) }
}

function providedOf<A>(found: Found<A> | undefined): Provided<A> {
  if (found === undefined) return { kind: 'unwanted' }
  if (found.kind === 'missing') return found
  return { kind: 'running', address: found.service.address, label: found.service.label }
}
