// Work that no command does alone, measured in a process of its own, so that memory and processor time are its alone:
// called with the work's name, its settings in the environment, and answered with one line of JSON.

import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { readSettings } from '#runtime/settings'
import { epochMs } from '#runtime/units'
import { decoderOf, decoderSettings } from '#services/decoder_settings'
import { openLog } from '#services/platform/open'
import { logSettings } from '#services/platform/settings'
import { loadOf, validAmong, valueBytes, valueRecords } from './quotes.ts'

const { env } = process
const quotes = Number(env.BENCH_QUOTES)
const load = loadOf(env)

/** Quotes published at a time. */
const PUBLISH_CHUNK = 5_000

const taken = { cpuMicros: 0, seconds: 0 }

/** Each says by `timed` what is to be measured: the quotes themselves are made outside of it. */
const WORK: Record<string, () => Promise<void>> = {
  async decode() {
    const decoder = decoderOf(readSettings(env, decoderSettings))
    const values = Array.from({ length: 10_000 }, (_, i) => valueBytes(load, i))
    const timestamp = epochMs(Date.UTC(2026, 9, 3))
    let valid = 0
    await timed(async () => {
      for (let i = 0; i < quotes; i++) {
        if (decoder.decode({ value: values[i % values.length] as Buffer, timestamp }).kind === 'quote') valid++
      }
    })
    if (valid !== validAmong(quotes)) throw new Error(`${valid} of ${quotes} values were taken for quotes`)
  },
  async publish() {
    const log = await openLog(readSettings(env, logSettings), { clock: systemClock, logger: silentLogger })
    for (let from = 0; from < quotes; from += PUBLISH_CHUNK) {
      const records = valueRecords(load, from, Math.min(quotes, from + PUBLISH_CHUNK))
      await timed(() => log.publish(records))
    }
    await log.close()
  },
}

async function timed(work: () => Promise<void>): Promise<void> {
  const [cpu, startedAt] = [process.cpuUsage(), performance.now()]
  await work()
  const { user, system } = process.cpuUsage(cpu)
  taken.cpuMicros += user + system
  taken.seconds += (performance.now() - startedAt) / 1_000
}

const work = WORK[process.argv[2] ?? '']
if (work === undefined) {
  const commands = 'the stream, the writer and the producer are measured as commands, by drain.ts and replay.ts'
  throw new Error(`measure one of ${Object.keys(WORK).join(', ')}; ${commands}`)
}
await work()
const result = {
  quotesPerSecond: Math.round(quotes / taken.seconds),
  cpuMicrosPerQuote: Number((taken.cpuMicros / quotes).toFixed(2)),
  peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1_024),
}
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(0)
