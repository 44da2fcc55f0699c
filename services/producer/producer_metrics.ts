// The producer's metrics: its counters, and what the source knows of the markets, so that old data can be told from a
// closed market.

import { counterMetrics, type MetricFamily, type MetricSource, type Sample } from '#runtime/metrics'
import type { ProducerCounters } from '#services/producer/producer'
import type { MarketCounts, QuoteSource } from '#services/producer/sources/quote_source'

/** The producer as it is watched. */
export interface WatchedProducer {
  readonly counters: ProducerCounters
  readonly source: Pick<QuoteSource, 'skips' | 'markets' | 'metrics'>
}

/** Everything that the producer shows. */
export function producerMetrics({ counters, source }: WatchedProducer): readonly MetricSource[] {
  const read = () => ({ ...counters, skipped: { ...source.skips() } })
  const { markets, metrics = [] } = source
  const counted = counterMetrics({ service: 'producer', groups: { skipped: 'reason' }, read })
  return [counted, ...(markets === undefined ? [] : [marketMetrics(markets)]), ...metrics]
}

const SYMBOLS: MetricFamily = {
  name: 'producer_symbols',
  help: 'symbols by what their market does, as far as the source knows: open is regular trading',
  kind: 'gauge',
  labels: ['market'],
}
const DELAY: MetricFamily = {
  name: 'producer_quote_delay_seconds',
  help: 'how late the source says that the quotes of open markets are, at least; absent when it does not say',
  kind: 'gauge',
  labels: [],
}

function marketMetrics(markets: () => MarketCounts | null): MetricSource {
  return {
    families: [SYMBOLS, DELAY],
    read(): readonly Sample[] {
      const known = markets()
      if (known === null) return []
      const { delayMs, ...counts } = known
      const symbols = Object.entries(counts).map(([market, value]) => ({
        name: SYMBOLS.name,
        value,
        labels: { market },
      }))
      return delayMs === null ? symbols : [...symbols, { name: DELAY.name, value: delayMs / 1_000, labels: {} }]
    },
  }
}
