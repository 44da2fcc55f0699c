import { expect, test } from 'vitest'
import { PRICES_TOPIC, TOPICS } from '#market/topics'
import { openMemoryStore } from '#object-store/memory_store'
import { offset } from '#runtime/units'
import { startOffset } from '#services/writer/commit/start_offset'
import { createWriterProcessor } from '#services/writer/writer_processor'
import { defaultDecoder } from '#support/decoder'
import { batchOf, identity, patientConfig, quoteValues, rangeTo, testWriter } from '#support/lake/writer'

const position = { table: 's3://datalake/bronze/stocks', topic: PRICES_TOPIC, partition: 2 }
const partition0 = { topic: PRICES_TOPIC, partition: 0 }

test('a partition begins where the table is, at the log start when the table has nothing of it', () => {
  expect(startOffset({ ...position, committed: offset(7) }, rangeTo(9, 5))).toBe(7)
  expect(startOffset({ ...position, committed: offset(5) }, rangeTo(9, 5))).toBe(5)
  expect(startOffset({ ...position, committed: offset(9) }, rangeTo(9, 5))).toBe(9)
  expect(startOffset({ ...position, committed: null }, rangeTo(9, 5))).toBe(5)
})

test.each([
  ['records that are deleted', 4],
  ['records that never were', 10],
])('a table that wants %s is a gap, named with table, partition and both offsets', (_name, committed) => {
  const open = () => startOffset({ ...position, committed: offset(committed) }, rangeTo(9, 5))
  expect(open).toThrow(expect.objectContaining({ code: 'LOG_GAP' }))
  expect(open).toThrow(
    new RegExp(`s3://datalake/bronze/stocks.*stock-prices/2.*${committed}.*${committed < 5 ? 5 : 9}`),
  )
})

test('the group’s committed offset is not asked', async () => {
  const writer = await testWriter(openMemoryStore())
  const committed = { offset: offset(50), metadata: '' }
  expect(await writer.open(partition0, { ...rangeTo(100), committed })).toBe(0)
  await writer.dispose()
})

test('a topic that was created again is read from its start', async () => {
  const store = openMemoryStore()
  const before = await testWriter(store)
  await before.open(partition0, rangeTo(10))
  await before.process(batchOf(quoteValues(10)))
  await before.flush()
  await before.dispose()
  const topics = identity.topics.map((info) => ({ ...info, id: `${info.id}-again` }))
  const parts = { store, config: patientConfig, clock: { now: () => 0 as never, sleep: async () => {} } }
  const context = { decoder: defaultDecoder, random: () => 0, newId: () => 'id' }
  const after = await createWriterProcessor({ ...parts, ...context }, { ...identity, topics })
  expect(await after.open(partition0, rangeTo(3))).toBe(0)
  await after.dispose()
})

test('a missing topic is named', async () => {
  const parts = { store: openMemoryStore(), config: patientConfig, random: () => 0, newId: () => 'id' }
  const clock = { now: () => 0 as never, sleep: async () => {} }
  const topics = identity.topics.filter((info) => info.topic !== TOPICS[1])
  const created = createWriterProcessor({ ...parts, decoder: defaultDecoder, clock }, { ...identity, topics })
  await expect(created).rejects.toMatchObject({
    code: 'LOG_TOPIC_MISSING',
    message: expect.stringContaining(TOPICS[1]),
  })
})
