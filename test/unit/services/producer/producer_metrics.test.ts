import { expect, test } from 'vitest'
import { newProducerCounters } from '#services/producer/producer'
import { producerMetrics } from '#services/producer/producer_metrics'
import { type MarketCounts, NO_SKIPS } from '#services/producer/sources/quote_source'

const skips = () => ({ ...NO_SKIPS, unchanged: 3 })

async function shown(markets?: () => MarketCounts | null) {
  const source = markets === undefined ? { skips } : { skips, markets }
  const metrics = producerMetrics({ counters: { ...newProducerCounters(), sent: 7 }, source })
  const samples = (await Promise.all(metrics.map((metric) => metric.read()))).flat()
  return new Map(samples.map(({ name, labels, value }) => [[name, ...Object.values(labels)].join(' '), value]))
}

test('the counters are shown, with what the source left out by reason', async () => {
  const samples = await shown()
  expect(samples.get('producer_sent_total')).toBe(7)
  expect(samples.get('producer_skipped_total unchanged')).toBe(3)
})

test('symbols are shown by what their market does, with the delay in seconds', async () => {
  const samples = await shown(() => ({ open: 4, closed: 1, unknown: 0, delayMs: 900_000 }))
  expect(samples.get('producer_symbols open')).toBe(4)
  expect(samples.get('producer_symbols closed')).toBe(1)
  expect(samples.get('producer_symbols unknown')).toBe(0)
  expect(samples.get('producer_quote_delay_seconds')).toBe(900)
})

test('nothing is claimed of markets while nothing is known, nor of a delay that nobody states', async () => {
  expect([...(await shown()).keys()].filter((name) => /symbols|delay/.test(name))).toEqual([])
  expect([...(await shown(() => null)).keys()].filter((name) => /symbols|delay/.test(name))).toEqual([])
  const samples = await shown(() => ({ open: 1, closed: 0, unknown: 0, delayMs: null }))
  expect(samples.has('producer_quote_delay_seconds')).toBe(false)
})
