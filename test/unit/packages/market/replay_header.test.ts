// The mark of replayed history: what the replay source sends is understood, and nothing else is taken for it.

import { expect, test } from 'vitest'
import { isReplayed, REPLAYED_HEADER, REPLAYED_HEADERS } from '#market/replay_header'

const bytes = (text: string) => new TextEncoder().encode(text)

test('the headers that the replay source sends mark a record as replayed', () => {
  const headers = Object.fromEntries(Object.entries(REPLAYED_HEADERS).map(([name, value]) => [name, bytes(value)]))
  expect(isReplayed(headers)).toBe(true)
  expect(isReplayed({ trace: bytes('7'), ...headers })).toBe(true)
})

test.each([
  null,
  {},
  { other: bytes('1') },
  ...['', '0', '11', 'true'].map((text) => ({ [REPLAYED_HEADER]: bytes(text) })),
])('headers %j do not', (headers) => {
  expect(isReplayed(headers)).toBe(false)
})
