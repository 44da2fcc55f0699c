import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planCompaction } from '#delta/compact'
import { COMPACT_FILES_MAX } from '#delta/limits'
import type { AddFile } from '#delta/log/actions'
import type { Snapshot } from '#delta/snapshot'
import type { EpochMs } from '#runtime/units'
import { rowsFile, TEST_START } from '#support/delta/delta_table'

function snapshotOf(files: readonly AddFile[]): Snapshot {
  const metadata = { partitionColumns: ['date'] } as unknown as Snapshot['metadata']
  return { metadata, files: new Map(files.map((file) => [file.path, file])) } as unknown as Snapshot
}

function fileOf(i: number, facts: Partial<AddFile> = {}): AddFile {
  return { ...rowsFile('app', i, i + 1), size: 10, modificationTime: TEST_START + i, ...facts }
}

const paths = (files: readonly AddFile[]) => files.map((file) => file.path)

test('the small files of a partition go into one group, in the order in which they were written', () => {
  const files = [fileOf(2), fileOf(0), fileOf(1)]
  const [group, ...more] = planCompaction(snapshotOf(files), { targetBytes: 100, filesMin: 2 })
  expect(more).toEqual([])
  expect(paths(group?.files ?? [])).toEqual(paths([fileOf(0), fileOf(1), fileOf(2)]))
  expect(group).toMatchObject({ partitionValues: { date: '2026-11-21' }, bytes: 30 })
})

test('partitions are never mixed; null, empty and absent are the same partition', () => {
  const values = [{ date: null }, { date: '' }, {}, { date: '2026-11-20' }, { date: '2026-11-21' }]
  const files = values.map((partitionValues, i) => fileOf(i, { partitionValues }))
  const groups = planCompaction(snapshotOf(files), { targetBytes: 100, filesMin: 2 })
  expect(groups.map(({ partitionValues, files }) => [partitionValues, paths(files)])).toEqual([
    [{ date: null }, paths(files.slice(0, 3))],
  ])
})

test('a file of half the target, one too young and one that is elsewhere are left alone', () => {
  const files = [
    fileOf(0),
    fileOf(1),
    fileOf(2, { size: 50 }),
    fileOf(3, { modificationTime: TEST_START + 1000 }),
    fileOf(4, { path: 's3://elsewhere/file.parquet' }),
  ]
  const writtenBefore = (TEST_START + 1000) as EpochMs
  const groups = planCompaction(snapshotOf(files), { targetBytes: 100, filesMin: 2, writtenBefore })
  expect(groups.map((group) => paths(group.files))).toEqual([paths(files.slice(0, 2))])
})

test('a partition with fewer small files than asked for is left alone', () => {
  const files = [fileOf(0), fileOf(1), fileOf(2)]
  expect(planCompaction(snapshotOf(files), { targetBytes: 100, filesMin: 4 })).toEqual([])
  expect(planCompaction(snapshotOf(files), { targetBytes: 100, filesMin: 3 })).toHaveLength(1)
})

test('groups are disjoint, of two files or more, no larger than the target, and all but the last half full', () => {
  const file = fc.record({ size: fc.integer({ min: 0, max: 200 }), date: fc.constantFrom('2026-11-20', '2026-11-21') })
  fc.assert(
    fc.property(fc.array(file, { maxLength: 60 }), fc.integer({ min: 1, max: 300 }), (sizes, targetBytes) => {
      const files = sizes.map(({ size, date }, i) => fileOf(i, { size, partitionValues: { date } }))
      const groups = planCompaction(snapshotOf(files), { targetBytes, filesMin: 2 })
      const grouped = groups.flatMap((group) => paths(group.files))
      expect(new Set(grouped).size).toBe(grouped.length)
      for (const { files: members, bytes, partitionValues } of groups) {
        expect(members.length).toBeGreaterThanOrEqual(2)
        expect(bytes).toBe(members.reduce((sum, member) => sum + Number(member.size), 0))
        expect(bytes).toBeLessThanOrEqual(targetBytes)
        for (const member of members) expect(member.partitionValues).toEqual(partitionValues)
        for (const member of members) expect(Number(member.size)).toBeLessThan(targetBytes / 2)
      }
      for (const date of ['2026-11-20', '2026-11-21']) {
        const own = groups.filter((group) => group.partitionValues.date === date)
        for (const { bytes } of own.slice(0, -1)) expect(bytes).toBeGreaterThan(targetBytes / 4)
      }
    }),
  )
})

test('no group has more files than one merge may open', () => {
  const files = Array.from({ length: COMPACT_FILES_MAX + 5 }, (_, i) => fileOf(i, { size: 1 }))
  const groups = planCompaction(snapshotOf(files), { targetBytes: 1_000_000, filesMin: 2 })
  expect(groups.map((group) => group.files.length)).toEqual([COMPACT_FILES_MAX, 5])
})
