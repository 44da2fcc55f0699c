// Kafka without Docker: Apache's jars by Maven, kept in the cache, one broker of our own for the run.
// Downloads only when TEST_INSTALL_SERVICES=1 asks for it; otherwise says how to ask.

import { copyFile, mkdtemp, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Env } from '#runtime/settings'
import type { KafkaAddress } from '#support/services/addresses'
import { cacheFolder, fillCache, isThere } from '#support/services/cache'
import { type RunningService, unavailable, type WayOutcome } from '#support/services/find_service'
import { startLeashed } from '#support/services/leash'
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
  if (process.platform === 'win32') return unavailable('native Kafka needs a POSIX shell')
  if (!(await works('java', ['-version'], env))) return unavailable('native Kafka needs java 17 or newer')
  const folder = cacheFolder(env, `kafka-${KAFKA_VERSION}`)
  if (!(await isThere(folder))) {
    const refusal = await install(folder, env, say)
    if (refusal !== undefined) return unavailable(refusal)
  }
  return { kind: 'running', service: await start(join(folder, 'libs'), env) }
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

async function start(libs: string, env: Env): Promise<RunningService<KafkaAddress>> {
  const folder = await mkdtemp(join(tmpdir(), 'tickerlake-kafka-'))
  const port = await freePort()
  const settings = join(folder, 'server.properties')
  await writeFile(settings, serverProperties({ folder, port, controllerPort: await freePort() }))
  const java = (...args: string[]) => [HEAP, '-cp', join(libs, '*'), ...args]
  const tool = 'kafka.tools.StorageTool'
  const format = { env, timeoutMs: FORMAT_TIMEOUT_MS }
  const clusterId = (await runProgram('java', java(tool, 'random-uuid'), format)).trim()
  await runProgram('java', java(tool, 'format', '--standalone', '-t', clusterId, '-c', settings), format)
  const quiet = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=info', ...java('kafka.Kafka', settings)]
  const broker = startLeashed({ command: 'java', args: quiet, folder, env })
  try {
    await broker.waitForLine(/Kafka Server started/, START_TIMEOUT_MS)
  } catch (error) {
    await broker.stop()
    throw error
  }
  const address = { brokers: `127.0.0.1:${port}` }
  return { address, label: `native ${KAFKA_VERSION}`, stop: () => broker.stop() }
}

function serverProperties(place: { folder: string; port: number; controllerPort: number }): string {
  return [
    'node.id=1',
    'process.roles=broker,controller',
    `listeners=PLAINTEXT://127.0.0.1:${place.port},CONTROLLER://127.0.0.1:${place.controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${place.port}`,
    'controller.listener.names=CONTROLLER',
    `controller.quorum.bootstrap.servers=127.0.0.1:${place.controllerPort}`,
    `log.dirs=${join(place.folder, 'data')}`,
    ...Object.entries(SINGLE_BROKER_SETTINGS).map(([name, value]) => `${name}=${value}`),
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
