// What the streamer shows of itself. Never a label a symbol: how many have been silent for how long, and the worst.

import type { Clock } from '#runtime/clock'
import { counterMetrics, type MetricFamily, type MetricSource, type Sample } from '#runtime/metrics'
import { MINUTE_MS } from '#runtime/units'
import { SILENT_SYMBOL_AFTER_MS } from '#services/producer/limits'
import { type FollowedSymbols, isOpenAt, silenceMs } from '#services/producer/sources/yahoo/followed_symbols'
import type { Intake } from '#services/producer/sources/yahoo/intake'
import type { Streamer } from '#services/producer/sources/yahoo/streamer/streamer'
import type { TickCounts } from '#services/producer/sources/yahoo/streamer/tick_quote'

/** What is watched. */
export interface WatchedStream {
  readonly streamer: Pick<Streamer, 'counts' | 'states'>
  readonly symbols: FollowedSymbols
  readonly counts: TickCounts
  readonly intake: Pick<Intake, 'leftOut'>
  readonly clock: Clock
}

const CONNECTIONS: MetricFamily = {
  name: 'producer_stream_connections',
  help: 'connections to the streamer; healthy: open, and something has come',
  kind: 'gauge',
  labels: ['state'],
}
const SYMBOLS: MetricFamily = {
  name: 'producer_stream_symbols',
  help: 'symbols in regular trading, by how long the streamer has sent no tick of them; beyond 15 s they are polled',
  kind: 'gauge',
  labels: ['silent'],
}
const SILENCE: MetricFamily = {
  name: 'producer_stream_silence_max_seconds',
  help: 'how long the streamer has sent no tick of the most silent symbol in regular trading',
  kind: 'gauge',
  labels: [],
}

/** Silences shorter than these, by the name that they are shown with. */
const SILENCES = [
  ['under_15s', SILENT_SYMBOL_AFTER_MS],
  ['under_1m', MINUTE_MS],
  ['under_5m', 5 * MINUTE_MS],
  ['longer', Number.POSITIVE_INFINITY],
] as const

/** Everything that the streamer shows. */
export function streamMetrics(watched: WatchedStream): readonly MetricSource[] {
  const { streamer, counts, intake } = watched
  const counters = counterMetrics({
    service: 'producer_stream',
    groups: { frames: 'kind', refused: 'reason', losses: 'reason' },
    read: () => ({ ...streamer.counts, ...counts, leftOut: intake.leftOut }),
  })
  const read = () => [
    ...Object.entries(streamer.states()).map(([state, value]) => sample(CONNECTIONS, value, { state })),
    ...silences(watched),
  ]
  return [counters, { families: [CONNECTIONS, SYMBOLS, SILENCE], read }]
}

function silences({ symbols, clock }: WatchedStream): Sample[] {
  const now = clock.now()
  const counts: Record<string, number> = Object.fromEntries(SILENCES.map(([name]) => [name, 0]))
  let longest = 0
  for (const followed of symbols.values()) {
    if (!isOpenAt(followed, now)) continue
    const ms = silenceMs(followed, now)
    longest = Math.max(longest, ms)
    const [name] = SILENCES.find(([, limit]) => ms < limit) ?? SILENCES[3]
    counts[name] = (counts[name] as number) + 1
  }
  const bySilence = Object.entries(counts).map(([silent, value]) => sample(SYMBOLS, value, { silent }))
  return [...bySilence, sample(SILENCE, longest / 1_000, {})]
}

function sample({ name }: MetricFamily, value: number, labels: Sample['labels']): Sample {
  return { name, value, labels }
}
