// Kafka, MinIO and Azurite as containers, by testcontainers. Used when an engine answers; a container that cannot be
// had is a reason to try the next way. The containers go when the run ends, however it ends.

import type { StartedTestContainer } from 'testcontainers'
import type { Env } from '#runtime/settings'
import type { AzureAddress, KafkaAddress, S3Address } from '#support/services/addresses'
import { type RunningService, unavailable, type WayOutcome } from '#support/services/find_service'
import { whenGone } from '#support/services/leash'
import { KAFKA_VERSION, SINGLE_BROKER_SETTINGS } from '#support/services/native_kafka'
import { minioEnvironment, newCredentials } from '#support/services/native_minio'
import { freePort } from '#support/services/reach'
import { AZURITE_ACCOUNT, AZURITE_OPTIONS, azuriteVersion, newAzureKey } from '#support/stores/native_azurite'

const KAFKA_IMAGE = `apache/kafka:${KAFKA_VERSION}`
const MINIO_IMAGE = 'quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z'
const START_TIMEOUT_MS = 120_000

/** A Kafka broker in a container. */
export function dockerKafka(say: (line: string) => void): Promise<WayOutcome<KafkaAddress>> {
  return inDocker(KAFKA_IMAGE, say, startKafka)
}

/** A MinIO server in a container, from MINIO_IMAGE if that is set. */
export function dockerMinio(env: Env, say: (line: string) => void): Promise<WayOutcome<S3Address>> {
  const image = env.MINIO_IMAGE || MINIO_IMAGE
  return inDocker(image, say, (host) => startMinio(host, image))
}

/** Azurite in a container. */
export async function dockerAzurite(say: (line: string) => void): Promise<WayOutcome<AzureAddress>> {
  const image = `mcr.microsoft.com/azure-storage/azurite:${await azuriteVersion()}`
  return inDocker(image, say, (host) => startAzurite(host, image))
}

async function inDocker<A>(
  image: string,
  say: (line: string) => void,
  start: (host: string) => Promise<RunningService<A>>,
): Promise<WayOutcome<A>> {
  reapOurselves()
  // Loading testcontainers takes a while and is of no use to a run without Docker services.
  const { getContainerRuntimeClient, ImageName } = await import('testcontainers')
  const client = await getContainerRuntimeClient().catch(() => undefined)
  if (client === undefined) return unavailable('no Docker engine answers')
  if (!(await client.image.exists(ImageName.fromString(image)))) say(`Docker: pulling ${image}`)
  try {
    return { kind: 'running', service: await start(client.info.containerRuntime.host) }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    return unavailable(`Docker could not start ${image}: ${said.split('\n')[0]}`)
  }
}

/** testcontainers' own reaper is one more image to pull; `whenGone` does its work wherever there is a POSIX shell. */
function reapOurselves(): void {
  if (process.platform !== 'win32') process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true'
}

async function startKafka(host: string): Promise<RunningService<KafkaAddress>> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const port = await freePort()
  const container = await new GenericContainer(KAFKA_IMAGE)
    .withExposedPorts({ container: 9092, host: port })
    .withEnvironment(kafkaEnvironment(`${host}:${port}`))
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .withStartupTimeout(START_TIMEOUT_MS)
    .start()
  return service(container, { brokers: `${host}:${port}` }, `Docker ${KAFKA_IMAGE}`)
}

/** Any KAFKA_ variable replaces the whole of the image's own configuration, so all of it is given. */
function kafkaEnvironment(advertised: string): Record<string, string> {
  const named = Object.entries(SINGLE_BROKER_SETTINGS).map(([name, value]) => [variableOf(name), value])
  return {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_LISTENERS: 'PLAINTEXT://:9092,INTERNAL://:19092,CONTROLLER://:9093',
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${advertised},INTERNAL://localhost:19092`,
    KAFKA_INTER_BROKER_LISTENER_NAME: 'INTERNAL',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
    KAFKA_HEAP_OPTS: '-Xmx512m',
    ...Object.fromEntries(named),
  }
}

function variableOf(name: string): string {
  return `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`
}

async function startMinio(host: string, image: string): Promise<RunningService<S3Address>> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const credentials = newCredentials()
  const container = await new GenericContainer(image)
    .withExposedPorts(9000)
    .withEnvironment(minioEnvironment(credentials))
    .withCommand(['server', '/data'])
    .withWaitStrategy(Wait.forHttp('/minio/health/ready', 9000))
    .withStartupTimeout(START_TIMEOUT_MS)
    .start()
  const endpoint = `http://${host}:${container.getMappedPort(9000)}`
  return service(
    container,
    { endpoint, ...credentials, region: 'us-east-1' },
    `MinIO Docker ${image.split('/').at(-1)}`,
  )
}

async function startAzurite(host: string, image: string): Promise<RunningService<AzureAddress>> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const key = newAzureKey()
  const container = await new GenericContainer(image)
    .withExposedPorts(10_000)
    .withEnvironment({ AZURITE_ACCOUNTS: `${AZURITE_ACCOUNT}:${key}` })
    .withCommand(['azurite-blob', '--blobHost', '0.0.0.0', ...AZURITE_OPTIONS])
    .withWaitStrategy(Wait.forLogMessage(/successfully listens on/))
    .withStartupTimeout(START_TIMEOUT_MS)
    .start()
  const endpoint = `http://${host}:${container.getMappedPort(10_000)}/${AZURITE_ACCOUNT}`
  return service(container, { endpoint, account: AZURITE_ACCOUNT, key }, `Docker ${image.split('/').at(-1)}`)
}

function service<A>(container: StartedTestContainer, address: A, label: string): RunningService<A> {
  if (process.platform !== 'win32') whenGone('docker', ['rm', '--force', '--volumes', container.getId()])
  return { address, label, stop: async () => void (await container.stop({ remove: true, removeVolumes: true })) }
}
