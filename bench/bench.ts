// `npm run bench`: speeds as one JSON object. Each figure is taken in a process of its own, one after the other; only on
// a quiet machine do they mean anything. Kafka is found as the tests find it; without one its part is null.

import { execFile } from 'node:child_process'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PARTITIONS_DEFAULT, topicSpecs } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { Env } from '#runtime/settings'
import { openLog } from '#services/cli/platform'
import { deletePlatformTopics } from '#support/platform_topics'
import { startServices } from '#support/services/start_services'
import { newFolder, removeFolder } from '#support/temporary_folder'

const run = promisify(execFile)
const QUOTES_DEFAULT = 1_000_000
const DECODE_ROUNDS = 5
/** As the image runs it. */
const NODE_FLAGS = ['--max-semi-space-size=8']
const MALLOC = { MALLOC_ARENA_MAX: '1' }
const quotes = Number(process.env.BENCH_QUOTES ?? QUOTES_DEFAULT)
const say = (line: string) => void process.stderr.write(`${line}\n`)

const services = await startServices({ env: process.env, kafka: true, s3: false, say })
try {
  const { kafka } = services.provided
  const decode = await measure('decode', quotes * DECODE_ROUNDS, {})
  const embedded = await drains({})
  const brokers = kafka.kind === 'running' ? kafka.address.brokers : undefined
  if (brokers !== undefined) await deletePlatformTopics(brokers)
  const result = {
    machine: `${cpus().length} x ${cpus()[0]?.model.trim()}`,
    node: process.version,
    quotes,
    decode,
    embedded,
    kafka: brokers === undefined ? null : await drains({ KAFKA_BROKERS: brokers }),
  }
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
} finally {
  await services.stop()
}

async function drains(place: Env) {
  const folder = newFolder()
  const env = { DATA_DIR: folder, ...place }
  try {
    const log = await openLog(env, { clock: systemClock, logger: silentLogger })
    await log.createTopics(topicSpecs(PARTITIONS_DEFAULT))
    await log.close()
    const publish = await measure('publish', quotes, env)
    const stream = await measure('stream', quotes, env)
    const writer = await measure('writer', quotes, env)
    return { publish, stream, writer }
  } finally {
    removeFolder(folder)
  }
}

async function measure(work: string, count: number, env: Env): Promise<unknown> {
  say(`${work}${env.KAFKA_BROKERS === undefined ? '' : ' on Kafka'} ...`)
  const file = join(import.meta.dirname, 'measure.ts')
  const { stdout } = await run(process.execPath, [...NODE_FLAGS, file, work], {
    env: { ...MALLOC, ...env, BENCH_QUOTES: String(count) },
  })
  return JSON.parse(stdout)
}
