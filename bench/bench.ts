// `npm run bench`: speeds as one JSON object; `npm run bench -- drain` or another of PARTS: that part alone. Each
// figure is taken in processes of its own, one after the other; only on a quiet machine do they mean anything. Kafka is
// found as the tests find it; without one its parts are null.

import { execFile } from 'node:child_process'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PARTITIONS_DEFAULT, topicSpecs } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { type Env, readSettings } from '#runtime/settings'
import { openLog } from '#services/platform/open'
import { logSettings } from '#services/platform/settings'
import { deletePlatformTopics } from '#support/log/platform_topics'
import { startServices } from '#support/services/start_services'
import { newFolder, removeFolder } from '#support/temporary_folder'
import { latencies } from './latency.ts'

const run = promisify(execFile)
const QUOTES_DEFAULT = 1_000_000
const DECODE_ROUNDS = 5
const LATENCY_RATES = [1_000, 10_000]
const LATENCY_SECONDS_DEFAULT = 35
/** As the image runs it. */
const NODE_FLAGS = ['--max-semi-space-size=8']
const MALLOC = { MALLOC_ARENA_MAX: '1' }
const quotes = Number(process.env.BENCH_QUOTES ?? QUOTES_DEFAULT)
const seconds = Number(process.env.BENCH_SECONDS ?? LATENCY_SECONDS_DEFAULT)
const say = (line: string) => void process.stderr.write(`${line}\n`)

/** What is measured on a Kafka (null: there is none). `drain`: 500 symbols; `symbols`: 200,000 of them. */
const PARTS: Record<string, (brokers: string | null) => Promise<object>> = {
  decode: async () => ({ decode: await eachShape((shape) => measure('decode', quotes * DECODE_ROUNDS, shape)) }),
  drain: async (brokers) => ({
    embedded: await eachShape(drains),
    kafka: brokers && (await eachShape((shape) => drainsOnKafka(brokers, shape))),
  }),
  symbols: async (brokers) => ({ manySymbols: await manySymbols(brokers) }),
  latency: async (brokers) => ({ latency: brokers && (await latenciesByRate(brokers)) }),
}

const wanted = process.argv.slice(2)
const unknown = wanted.find((name) => PARTS[name] === undefined)
if (unknown !== undefined) throw new Error(`there is no part ${unknown}; there are ${Object.keys(PARTS).join(', ')}`)
const services = await startServices({ env: process.env, kafka: true, s3: false, say })
try {
  const { kafka } = services.provided
  const brokers = kafka.kind === 'running' ? kafka.address.brokers : null
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}`
  let result: object = { machine, node: process.version, quotes }
  for (const [name, part] of Object.entries(PARTS)) {
    if (wanted.length === 0 || wanted.includes(name)) result = { ...result, ...(await part(brokers)) }
  }
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
} finally {
  await services.stop()
}

/** Quotes without ids, and with them: to know an id again costs memory and time. */
async function eachShape(measureShape: (shape: Env) => Promise<unknown>): Promise<object> {
  return { withoutIds: await measureShape({}), withIds: await measureShape({ BENCH_IDS: '1' }) }
}

async function manySymbols(brokers: string | null): Promise<object> {
  const many = { BENCH_SYMBOLS: 'many' }
  return { embedded: await drains(many), kafka: brokers && (await drainsOnKafka(brokers, many)) }
}

async function drainsOnKafka(brokers: string, env: Env): Promise<object> {
  await deletePlatformTopics(brokers)
  return await drains({ ...env, KAFKA_BROKERS: brokers })
}

async function drains(place: Env): Promise<object> {
  const folder = newFolder()
  const env = { DATA_DIR: folder, ...place }
  try {
    const log = await openLog(readSettings(env, logSettings), { clock: systemClock, logger: silentLogger })
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

async function latenciesByRate(brokers: string): Promise<unknown[]> {
  const measured: unknown[] = []
  for (const quotesPerSecond of LATENCY_RATES) {
    say(`latency at ${quotesPerSecond} quotes/s ...`)
    measured.push(await latencies({ brokers, quotesPerSecond, seconds, nodeFlags: NODE_FLAGS }))
  }
  return measured
}

async function measure(work: string, count: number, env: Env): Promise<unknown> {
  say(`${work}${env.KAFKA_BROKERS === undefined ? '' : ' on Kafka'} ...`)
  const file = join(import.meta.dirname, 'measure.ts')
  const { stdout } = await run(process.execPath, [...NODE_FLAGS, file, work], {
    env: { ...MALLOC, ...env, BENCH_QUOTES: String(count) },
  })
  return JSON.parse(stdout)
}
