// Kafka without Docker: Apache's jars by Maven, kept in the cache, one broker of our own for the run.
// Downloads only when TEST_INSTALL_SERVICES=1 asks for it; otherwise says how to ask.

import { copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Env } from '#runtime/settings'
import type { KafkaAddress } from '#support/services/addresses'
import { cacheFolder, fillCache, isThere } from '#support/services/cache'
import { unavailable, type WayOutcome } from '#support/services/find_service'
import { type Leashed, startLeashed, whenGone } from '#support/services/leash'
import { runProgram, works } from '#support/services/program'
import { freePort } from '#support/services/reach'

/** The broker's version; the same as in kafka/pom.xml. */
export const KAFKA_VERSION = '4.3.1'

const INSTALL_TIMEOUT_MS = 10 * 60_000
const FORMAT_TIMEOUT_MS = 60_000
const START_TIMEOUT_MS = 90_000
const HEAP = '-Xmx512m'

/** Starts a broker of its own on loopback. */
export async function nativeKafka(env: Env, say: (line: string) => void): Promise<WayOutcome<KafkaAddress>> {
  const found = await kafkaJars(env, say)
  if ('refusal' in found) return unavailable(found.refusal)
  const broker = await newBroker(found.libs, env)
  await broker.start()
  const address = { brokers: broker.brokers }
  return { kind: 'running', service: { address, label: `native ${KAFKA_VERSION}`, stop: broker.remove } }
}

/** A broker on loopback whose data outlives its process: it can be killed, and started again at the same address. */
export interface NativeBroker extends KafkaAddress {
  /** Resolves when it takes connections. */
  start(): Promise<void>
  /** kill -9. */
  kill(): Promise<void>
  /** Kills it and removes its data. */
  remove(): Promise<void>
}

/** Where Kafka's jars are, fetched if TEST_INSTALL_SERVICES=1 asks for it; or why they are not there. */
export async function kafkaJars(
  env: Env,
  say: (line: string) => void,
): Promise<{ readonly libs: string } | { readonly refusal: string }> {
  if (process.platform === 'win32') return { refusal: 'native Kafka needs a POSIX shell' }
  if (!(await works('java', ['-version'], env))) return { refusal: 'native Kafka needs java 17 or newer' }
  const folder = cacheFolder(env, `kafka-${KAFKA_VERSION}`)
  if (!(await isThere(folder))) {
    const refusal = await install(folder, env, say)
    if (refusal !== undefined) return { refusal }
  }
  return { libs: join(folder, 'libs') }
}

async function install(folder: string, env: Env, say: (line: string) => void): Promise<string | undefined> {
  const ask = 'set TEST_INSTALL_SERVICES=1 once to let Maven fetch 54 MB into the cache folder'
  if (!(await works('mvn', ['-v'], env))) return 'native Kafka needs mvn (Apache Maven) to fetch its jars'
  if (env.TEST_INSTALL_SERVICES !== '1') return `native Kafka is not installed yet: ${ask}`
  say(`Kafka ${KAFKA_VERSION}: fetching its jars by Maven, once`)
  await fillCache(folder, async (temporary) => {
    await copyFile(join(import.meta.dirname, '../kafka/pom.xml'), join(temporary, 'pom.xml'))
    const goal = ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=fetched']
    await runProgram('mvn', goal, { env, cwd: temporary, timeoutMs: INSTALL_TIMEOUT_MS })
    await rename(join(temporary, 'fetched'), join(temporary, 'libs'))
  })
  return undefined
}

/** Makes a broker that does not run yet; `settings` go before those of a single broker. */
export async function newBroker(
  libs: string,
  env: Env,
  settings: Readonly<Record<string, string>> = {},
): Promise<NativeBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'tickerlake-kafka-'))
  const port = await freePort()
  const file = join(folder, 'server.properties')
  const all = { ...SINGLE_BROKER_SETTINGS, ...settings }
  await writeFile(file, serverProperties({ folder, port, controllerPort: await freePort(), settings: all }))
  const java = (...args: string[]) => [HEAP, '-cp', join(libs, '*'), ...args]
  const tool = 'kafka.tools.StorageTool'
  const format = { env, timeoutMs: FORMAT_TIMEOUT_MS }
  const clusterId = (await runProgram('java', java(tool, 'random-uuid'), format)).trim()
  await runProgram('java', java(tool, 'format', '--standalone', '-t', clusterId, '-c', file), format)
  const args = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=info', ...java('kafka.Kafka', file)]
  let running: Leashed | undefined
  const kill = async () => void (await running?.stop())
  const start = async () => {
    running = startLeashed({ command: 'java', args, env })
    await running.waitForLine(/Kafka Server started/, START_TIMEOUT_MS).catch(async (error: unknown) => {
      await kill()
      throw error
    })
  }
  // By then the broker is gone as well, and writes no more.
  whenGone('sh', ['-c', 'sleep 2; rm -rf "$0"', folder])
  return { brokers: `127.0.0.1:${port}`, start, kill, remove: () => kill().then(() => rm(folder, FORCED)) }
}

const FORCED = { recursive: true, force: true, maxRetries: 5 }

interface BrokerPlace {
  readonly folder: string
  readonly port: number
  readonly controllerPort: number
  readonly settings: Readonly<Record<string, string>>
}

function serverProperties(place: BrokerPlace): string {
  return [
    'node.id=1',
    'process.roles=broker,controller',
    `listeners=PLAINTEXT://127.0.0.1:${place.port},CONTROLLER://127.0.0.1:${place.controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${place.port}`,
    'controller.listener.names=CONTROLLER',
    `controller.quorum.bootstrap.servers=127.0.0.1:${place.controllerPort}`,
    `log.dirs=${join(place.folder, 'data')}`,
    ...Object.entries(place.settings).map(([name, value]) => `${name}=${value}`),
    '',
  ].join('\n')
}

/** What a broker that is alone and short-lived needs, in Docker as well. */
export const SINGLE_BROKER_SETTINGS: Readonly<Record<string, string>> = {
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '5',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '5',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
  'auto.create.topics.enable': 'false',
}
