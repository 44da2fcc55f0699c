import { expect, test } from 'vitest'
import { DEAD_LETTER_REASONS } from '#market/dead_letter'
import type { EpochMs } from '#runtime/units'
import { flowState } from '#support/web/flow_states'
import { refusedGroups } from '../../../../../../services/web/page/refused/groups.ts'
import { reasonWords } from '../../../../../../services/web/page/refused/reasons.ts'

const NOW = 1_763_739_080_000
const timeText = (time: number) => `at ${time}`

test('every reason is told in words of its own', () => {
  const unknown = reasonWords('of another version')
  expect(unknown.meaning).toBe('The record was refused.')
  for (const reason of DEAD_LETTER_REASONS) expect(reasonWords(reason), reason).not.toEqual(unknown)
  expect(reasonWords('constructor')).toEqual(unknown)
})

test('nothing refused, no groups', () => {
  expect(refusedGroups(flowState(NOW), timeText)).toEqual([])
})

test('late quotes and each reason are a group, with the newest one', () => {
  const example = { detail: 'd', value: null, ingestTime: NOW as EpochMs, topic: 't', partition: 1, offset: 2 }
  const state = flowState(NOW, {
    lateQuotes: { count: 2, example: { symbol: 'A', price: 1.5, eventTime: NOW as EpochMs, lateByMs: 500 } },
    deadLetters: {
      count: 4,
      reasons: [
        { reason: 'timestamp_unit', count: 3, example },
        { reason: 'strange reason', count: 1, example },
      ],
    },
  })
  const groups = refusedGroups(state, timeText)
  expect(groups.map(({ name, count, command }) => [name, count, command])).toEqual([
    ['late quotes', 2, null],
    ['timestamp_unit', 3, 'npx tickerlake redrive --reason timestamp_unit --publish'],
    ['strange reason', 1, null],
  ])
  expect(groups[0]?.example.map(({ value }) => value)).toEqual(['A', '1.50', `at ${NOW}`, '500 ms'])
  expect(groups[1]?.example.map(({ value }) => value)).toEqual(['d', 'none', `at ${NOW}`, 't, partition 1, offset 2'])
})

test('a value without a byte is called empty', () => {
  const example = { detail: 'd', value: '', ingestTime: NOW as EpochMs, topic: 't', partition: 1, offset: 2 }
  const deadLetters = { count: 1, reasons: [{ reason: 'not_json', count: 1, example }] }
  const [group] = refusedGroups(flowState(NOW, { deadLetters }), timeText)
  expect(group?.example[1]).toEqual({ name: 'Value', value: 'empty' })
})

test('redriving is advised only where the same bytes may be taken then', () => {
  const redriven = DEAD_LETTER_REASONS.filter((reason) => reasonWords(reason).canBeRedriven)
  expect(redriven).toEqual(['wrong_type', 'timestamp_unit', 'timestamp_in_future', 'timestamp_too_old', 'wrong_key'])
})
