import { expect, test } from 'vitest'
import { TABLES } from '#lake/tables'
import { TOPICS } from '#market/topics'
import { TABLE_WIDTH, TOPIC_WIDTH } from '#services/cli/print/widths'

test('lists are as wide as the longest name of a table and of a topic', () => {
  expect(TABLE_WIDTH).toBe(Math.max(...TABLES.map(({ name }) => name.length)))
  expect(TOPIC_WIDTH).toBe(Math.max(...TOPICS.map((topic) => topic.length)))
})
