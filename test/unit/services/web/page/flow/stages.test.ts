import { expect, test } from 'vitest'
import type { FlowState } from '#services/web/api'
import { flowState } from '#support/web/flow_states'
import { stagesOf } from '../../../../../../services/web/page/flow/stages.ts'

const NOW = 1_763_739_080_000

test('the stages follow the data, each with a word on how it is', () => {
  const stages = stagesOf(flowState(NOW), NOW)
  expect(stages.map(({ name, status }) => [name, status?.text])).toEqual([
    ['Simulated market', undefined],
    ['stock-prices', 'Fresh'],
    ['Stream', 'Keeps up'],
    ['Results', undefined],
    ['Writer', 'Keeps up'],
    ['Tables', undefined],
  ])
  expect(stages[3]?.parts.map(({ name }) => name)).toEqual(['bars-1m', 'alerts', 'late quotes', 'dead letters'])
  expect(stages[5]?.parts.map(({ name }) => name)).toContain('dead_letters')
})

test('a reader that stands still is behind, by records and by time', () => {
  const readers: FlowState['readers'] = [
    { name: 'stream', lagRecords: 0, lagSeconds: 0 },
    { name: 'writer', lagRecords: 4_000, lagSeconds: 300 },
  ]
  const writer = stagesOf(flowState(NOW, { readers }), NOW)[4]
  expect(writer?.status).toEqual({ tone: 'bad', text: 'Far behind' })
  expect(writer?.facts.map(({ value }) => value)).toEqual(['4,000', '5 min'])
})

test('a rate that is still being measured says so', () => {
  const well = flowState(NOW)
  const topics = well.topics.map((topic) => ({ ...topic, recordsPerSecond: null }))
  const [, prices, , results] = stagesOf({ ...well, topics }, NOW)
  expect(prices?.facts[0]).toEqual({ name: 'Rate', value: '…', note: 'Rate: being measured' })
  expect(results?.parts[0]?.facts[0]).toEqual({ name: 'rate', value: '…', note: 'rate: being measured' })
})

test('what is not known is a dash, never a nought', () => {
  const well = flowState(NOW)
  const state: FlowState = {
    ...well,
    freshness: 'unavailable',
    topics: well.topics.map((topic) => ({
      ...topic,
      records: null,
      recordsPerSecond: null,
      newestEventTime: null,
      freshness: 'unavailable',
    })),
    readers: well.readers.map(({ name }) => ({ name, lagRecords: null, lagSeconds: null })),
  }
  const [, prices, stream] = stagesOf(state, NOW)
  expect(prices?.status?.text).toBe('Unavailable')
  expect([...(prices?.facts ?? []), ...(stream?.facts ?? [])].map(({ value }) => value)).toEqual(Array(5).fill('–'))
})
