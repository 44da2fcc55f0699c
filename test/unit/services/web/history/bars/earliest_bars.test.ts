// What is known of first bars, while the table goes on.

import { expect, test } from 'vitest'
import type { AddFile } from '#delta/log/actions'
import type { LogCommit } from '#delta/log/entry'
import type { EpochMs } from '#runtime/units'
import { EarliestBars } from '#services/web/history/bars/earliest_bars'

const NOON = Date.UTC(2026, 10, 21, 12) as EpochMs

function known(): EarliestBars {
  const earliest = new EarliestBars()
  earliest.learn('EARLY', (NOON - 1000) as EpochMs, earliest.generation)
  earliest.learn('LATE', (NOON + 1000) as EpochMs, earliest.generation)
  return earliest
}

function commitOf(stats: object | undefined, dataChange = true): LogCommit {
  const add = { path: 'x', partitionValues: {}, size: 1, modificationTime: 1, dataChange }
  return {
    adds: [{ ...add, ...(stats === undefined ? {} : { stats: JSON.stringify(stats) }) } as AddFile],
  } as unknown as LogCommit
}

const at = (time: number) => ({ minValues: { window_start: new Date(time).toISOString() } })

test.each<[string, readonly LogCommit[] | undefined, readonly (number | undefined)[]]>([
  ['bars of later', [commitOf(at(NOON + 5000))], [NOON - 1000, NOON + 1000]],
  ['bars that lie between', [commitOf(at(NOON))], [NOON - 1000, undefined]],
  ['bars of earlier', [commitOf(at(NOON + 5000)), commitOf(at(NOON - 5000))], [undefined, undefined]],
  ['bars without statistics', [commitOf(undefined)], [undefined, undefined]],
  ['the same rows in other files', [commitOf(at(NOON - 5000), false)], [NOON - 1000, NOON + 1000]],
  ['nobody knows what', undefined, [undefined, undefined]],
])('%s', (_, commits, expected) => {
  const earliest = known()
  earliest.see(commits)
  expect(['EARLY', 'LATE'].map((symbol) => earliest.of(symbol))).toEqual(expected)
})

test('what was found in a version that was overtaken is not learnt', () => {
  const earliest = known()
  const { generation } = earliest
  earliest.see([commitOf(at(NOON - 5000))])
  earliest.learn('EARLY', (NOON - 1000) as EpochMs, generation)
  expect(earliest.of('EARLY')).toBeUndefined()
})
