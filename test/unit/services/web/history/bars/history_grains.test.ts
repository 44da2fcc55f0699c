// Which bars of history an answer can be made of.

import { expect, test } from 'vitest'
import type { AddFile } from '#delta/log/actions'
import type { Snapshot } from '#delta/snapshot'
import { usableGrains } from '#services/web/history/bars/history_grains'

const MINUTE = 60_000

function snapshotOf(...grains: readonly (readonly [min: string, max: string] | null)[]): Snapshot {
  const files = grains.map((range, i): [string, AddFile] => {
    const stats = range === null ? null : { minValues: { grain: range[0] }, maxValues: { grain: range[1] } }
    const rest = { partitionValues: {}, size: 1, modificationTime: 1, dataChange: true }
    return [`${i}`, { path: `${i}`, ...rest, stats: stats === null ? null : JSON.stringify(stats) }]
  })
  return { files: new Map(files) } as unknown as Snapshot
}

test.each([
  ['no table has none', undefined, MINUTE, []],
  ['an own bar is made of those as long', snapshotOf(['1m', '1m'], ['1d', '1d']), MINUTE, ['1m']],
  ['a longer one of all that divide it', snapshotOf(['1d', '5m']), 15 * MINUTE, ['1m', '5m']],
  ['an hour', snapshotOf(['1h', '1h']), 60 * MINUTE, ['1h']],
  ['files without statistics may have any', snapshotOf(null), 5 * MINUTE, ['1m', '5m']],
] as const)('%s', (_, snapshot, grainMs, expected) => {
  expect(usableGrains(snapshot, { barIntervalMs: MINUTE, grainMs })).toEqual(expected)
})

test('what is shorter than our own bars is not taken in', () => {
  const snapshot = snapshotOf(['1d', '5m'])
  expect(usableGrains(snapshot, { barIntervalMs: 5 * MINUTE, grainMs: 60 * MINUTE })).toEqual(['5m', '1h'])
  expect(usableGrains(snapshot, { barIntervalMs: 10_000, grainMs: 10_000 })).toEqual([])
})
