// A topic of quotes taken to its end by the stream and by the writer, and on Kafka by Kafka's own consumer, which only
// reads: whole processes, one after the other.

import type { Env } from '#runtime/settings'
import type { KafkaConsumer } from './kafka_consumer.ts'
import { validAmong } from './quotes.ts'
import { onEmptyPlatform, script, tickerlake } from './tickerlake.ts'
import { figuresOf, rounded, runWhole, type Usage } from './whole_process.ts'

/** What to drain. */
export interface Drain {
  readonly brokers: string | null
  readonly quotes: number
  /** BENCH_IDS, BENCH_SYMBOLS. */
  readonly shape: Env
  /** Absent where it cannot be run. */
  readonly kafkaConsumer: KafkaConsumer | null
  readonly say: (line: string) => void
}

/** Publishes quotes to an empty platform and drains it. */
export function drains(drain: Drain): Promise<object> {
  const { brokers, quotes, kafkaConsumer, say } = drain
  return onEmptyPlatform(brokers, async (env) => {
    const idle = { stream: await drainedNothing('stream', env), writer: await drainedNothing('write', env) }
    say('publish ...')
    const publish = await published(drain, env)
    say('stream ...')
    const stream = await drained('stream', env, quotes)
    say('writer ...')
    const writer = await drained('write', env, quotes)
    const ours = {
      publish,
      stream: figuresOf(stream, quotes, idle.stream),
      writer: figuresOf(writer, quotes, idle.writer),
    }
    if (brokers === null || kafkaConsumer === null) return ours
    say("Kafka's own consumer ...")
    const reference = await kafkaConsumer(brokers, quotes)
    const ratios = { stream: ratioOf(stream, reference), writer: ratioOf(writer, reference) }
    return { ...ours, kafkaConsumer: figuresOf(reference, quotes), overKafkaConsumer: ratios }
  })
}

/** Fills the topic; the figures are of the calls alone, without making the quotes. */
export async function published({ quotes, shape }: Pick<Drain, 'quotes' | 'shape'>, env: Env): Promise<object> {
  const { stdout } = await runWhole(script('measure.ts', ['publish'], { ...env, ...shape, BENCH_QUOTES: `${quotes}` }))
  return JSON.parse(stdout)
}

/** Runs a service to the end of its topics. Throws unless it has read all, and taken for quotes what is one. */
export async function drained(service: 'stream' | 'write', env: Env, quotes: number): Promise<Usage> {
  const usage = await runWhole(tickerlake([service, '--drain', '--json'], env))
  const counters = JSON.parse(usage.stdout)
  const found = service === 'stream' ? counters.stream.valid : (counters.writer.rows.stocks ?? 0)
  if (found === validAmong(quotes)) return usage
  throw new Error(`${service} took ${found} values for quotes, not ${validAmong(quotes)} of ${quotes}`)
}

/** What the service takes to find that nothing is there; the first time it may have to compile its code. */
async function drainedNothing(service: 'stream' | 'write', env: Env): Promise<Usage> {
  await drained(service, env, 0)
  return drained(service, env, 0)
}

/** How many times as much as the reference. */
function ratioOf(usage: Usage, reference: Usage): object {
  const memory = usage.peakMemoryMb === null ? null : rounded(usage.peakMemoryMb / (reference.peakMemoryMb as number))
  return {
    seconds: rounded(usage.seconds / reference.seconds),
    cpu: rounded(usage.cpuSeconds / reference.cpuSeconds),
    memory,
  }
}
