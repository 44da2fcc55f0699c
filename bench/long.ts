// A long topic on Kafka: does memory stay flat? Made for 50 M quotes, which take about 8 GB of the broker's disk, and
// 2 GB for the tables.

import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { type Drain, drained, published } from './drain.ts'
import { onEmptyPlatform } from './tickerlake.ts'
import { figuresOf } from './whole_process.ts'

const BYTES_PER_QUOTE = 200

/** Drains a long topic by stream and writer. The memory of each is told at even distances over its run. */
export async function longDrains(drain: Drain): Promise<object> {
  const { brokers, quotes, say } = drain
  await requireDisk(quotes)
  return onEmptyPlatform(brokers, async (env) => {
    say(`publishing ${quotes} quotes ...`)
    const publish = await published(drain, env)
    say('stream ...')
    const stream = await drained('stream', env, quotes)
    say('writer ...')
    const writer = await drained('write', env, quotes)
    const shown = (usage: typeof stream) => ({ ...figuresOf(usage, quotes), memoryMb: usage.memoryMb })
    return { quotes, publish, stream: shown(stream), writer: shown(writer) }
  })
}

async function requireDisk(quotes: number): Promise<void> {
  const { bavail, bsize } = await statfs(tmpdir())
  const [free, needed] = [bavail * bsize, quotes * BYTES_PER_QUOTE]
  if (free >= needed) return
  const gb = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`
  throw new Error(`${tmpdir()} has ${gb(free)} free, and ${quotes} quotes take ${gb(needed)}; set BENCH_LONG_QUOTES`)
}
