// `npm run bench`: speeds as one JSON object; `npm run bench -- drain` or others of PARTS: those parts alone. Figures
// are of whole processes, started as users start them, one after the other; only on a quiet machine do they mean
// anything. Kafka is found as the tests find it; without one its parts are null.

import { cpus } from 'node:os'
import type { Env } from '#runtime/settings'
import type { AzureAddress, Provided, S3Address } from '#support/services/addresses'
import { startServices } from '#support/services/start_services'
import { copyFigures } from './copy.ts'
import { drains } from './drain.ts'
import { firstFigures } from './first.ts'
import { findKafkaConsumer, type KafkaConsumer } from './kafka_consumer.ts'
import { latencies } from './latency/latency.ts'
import { longDrains } from './long.ts'
import { pageFigures } from './page.ts'
import { replays } from './replay.ts'
import { sqlFigures } from './sql.ts'
import { startFigures } from './start.ts'
import { script } from './tickerlake.ts'
import { tickFigures } from './ticks/ticks.ts'
import { runWhole } from './whole_process.ts'

const { env } = process
const quotes = Number(env.BENCH_QUOTES ?? 2_000_000)
const longQuotes = Number(env.BENCH_LONG_QUOTES ?? 50_000_000)
const seconds = Number(env.BENCH_SECONDS ?? 35)
const minutes = Number(env.BENCH_MINUTES ?? 3)
const copyFiles = Number(env.BENCH_COPY_FILES ?? 2_000)
const copyBytes = Number(env.BENCH_COPY_BYTES ?? 5_000_000_000)
const DECODE_ROUNDS = 5
const LATENCY_RATES = [1_000, 10_000]
const START_QUOTES_PER_SECOND = 2_000
const say = (line: string) => void process.stderr.write(`${line}\n`)

/** Where to measure. */
interface Place {
  readonly brokers: string | null
  readonly kafkaConsumer: KafkaConsumer | null
  readonly s3: S3Address | null
  readonly azure: AzureAddress | null
}

/** What is measured, in this order. `drain`: 500 symbols; `symbols`: 200,000 of them. */
const PARTS: Record<string, (place: Place) => Promise<unknown>> = {
  decode: () => eachShape(decode),
  drain: (place) => eachShape((shape) => onBoth(place, shape)),
  symbols: (place) => onBoth(place, { BENCH_SYMBOLS: 'many' }),
  replay: ({ brokers }) => eachShape((shape) => replays(brokers, quotes, shape)),
  sql: () => sqlFigures(quotes),
  first: async ({ brokers }) => ({
    embedded: await firstFigures(null),
    kafka: brokers === null ? null : await firstFigures(brokers),
  }),
  ticks: () => tickFigures(seconds),
  page: () => pageFigures(),
  start: () => startFigures({ quotesPerSecond: START_QUOTES_PER_SECOND, minutes }),
  latency: async ({ brokers }) => (brokers === null ? null : latenciesByRate(brokers)),
  copy: ({ s3, azure }) => copyFigures({ files: copyFiles, bytes: copyBytes, s3, azure, say }),
  long: async (place) => (place.brokers === null ? null : longDrains({ ...place, quotes: longQuotes, shape: {}, say })),
}

/** These take minutes and gigabytes: only when they are named. */
const BY_NAME_ONLY: readonly string[] = ['copy', 'long']

const wanted = process.argv.slice(2)
const unknown = wanted.find((name) => PARTS[name] === undefined)
if (unknown !== undefined) {
  say(`there is no part ${unknown}; there are ${Object.keys(PARTS).join(', ')}`)
  process.exit(2)
}
const chosen = wanted.length > 0 ? wanted : Object.keys(PARTS).filter((name) => !BY_NAME_ONLY.includes(name))
const copies = chosen.includes('copy')
const kafkaWanted = chosen.some((name) => name !== 'copy')
const services = await startServices({ env, kafka: kafkaWanted, s3: copies, azure: copies, say })
try {
  const { kafka, s3, azure } = services.provided
  const brokers = addressOf(kafka)?.brokers ?? null
  const kafkaConsumer = brokers === null ? null : await findKafkaConsumer(say)
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}`
  const result: Record<string, unknown> = { machine, node: process.version, quotes }
  for (const name of chosen) {
    say(`${name}:`)
    result[name] = await PARTS[name]?.({ brokers, kafkaConsumer, s3: addressOf(s3), azure: addressOf(azure) })
  }
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
} finally {
  await services.stop()
}

function addressOf<A>(service: Provided<A>): A | null {
  return service.kind === 'running' ? service.address : null
}

/** Quotes without ids, and with them: to know an id again costs memory and time. */
async function eachShape(measureShape: (shape: Env) => Promise<unknown>): Promise<object> {
  return { withoutIds: await measureShape({}), withIds: await measureShape({ BENCH_IDS: '1' }) }
}

async function onBoth({ brokers, kafkaConsumer }: Place, shape: Env): Promise<object> {
  const drain = { quotes, shape, kafkaConsumer, say }
  const embedded = await drains({ ...drain, brokers: null })
  return { embedded, kafka: brokers === null ? null : await drains({ ...drain, brokers }) }
}

/** In one process, without starting it: there is no command that only decodes. */
async function decode(shape: Env): Promise<unknown> {
  const own = { ...shape, BENCH_QUOTES: String(quotes * DECODE_ROUNDS) }
  return JSON.parse((await runWhole(script('measure.ts', ['decode'], own))).stdout)
}

async function latenciesByRate(brokers: string): Promise<unknown[]> {
  const measured: unknown[] = []
  for (const quotesPerSecond of LATENCY_RATES) {
    say(`at ${quotesPerSecond} quotes/s ...`)
    measured.push(await latencies({ brokers, quotesPerSecond, seconds }))
  }
  return measured
}
