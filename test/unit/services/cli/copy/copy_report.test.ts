import { describe, expect, test } from 'vitest'
import { openMemoryStore } from '#object-store/memory_store'
import { PlatformError } from '#runtime/errors'
import type { TableVersion } from '#runtime/units'
import {
  copyTeller,
  handOutTeller,
  resultFacts,
  resultLines,
  timesNote,
  verifyTeller,
} from '#services/cli/copy/copy_report'
import type { CopyOutcome } from '#table-copy/pass'

const version = (number: number) => number as TableVersion
const table = { name: 'stocks', source: openMemoryStore(), target: openMemoryStore() }

const copied = (more: Partial<CopyOutcome> = {}): CopyOutcome => ({
  ...{ from: undefined, to: version(1_204), entries: 13, files: 25, bytes: 3_200_000, skippedFiles: 0, checkpoints: 1 },
  ...{ inCommitTimestamps: false, protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
  metadata: {
    id: 'x',
    format: { provider: 'parquet', options: {} },
    schemaString: '',
    partitionColumns: [],
    configuration: {},
  },
  ...more,
})

describe('a copy', () => {
  test.each([
    [copied(), 1_240, 'version 1,204: 13 commits, 25 files, 3.2 MB, in 1.2 s'],
    [
      copied({ skippedFiles: 5, entries: 1, files: 1, bytes: 1 }),
      0,
      'version 1,204: 1 commit, 1 file, 1 byte (5 more were there), in 0.0 s',
    ],
    [copied({ entries: 0, files: 0 }), 40, 'version 1,204, nothing new'],
    [copied(), 130_000, 'version 1,204: 13 commits, 25 files, 3.2 MB, in 2 min'],
  ])('is one line', (outcome, durationMs, line) => {
    expect(copyTeller.line(outcome, durationMs)).toBe(line)
  })

  test('that began at a checkpoint says which versions are not there', () => {
    const said = (from: number | undefined, startedAtCheckpoint: number) => {
      const at = {
        ...(from === undefined ? {} : { from: version(from) }),
        startedAtCheckpoint: version(startedAtCheckpoint),
      }
      return copyTeller.more?.(copied(at)).join()
    }
    expect(said(undefined, 1_100)).toMatch(/checkpoint of version 1,100, .* has no version 0 to 1,099$/)
    expect(said(8, 10)).toMatch(/has no version 9$/)
    expect(said(9, 10)).toBe('')
  })

  test('as data has every fact, and null for what there is not', () => {
    expect(resultFacts({ table, outcome: copied(), durationMs: 12.6 }, copyTeller)).toEqual({
      ...{ table: 'stocks', source: 'memory:', target: 'memory:', from: null, to: 1_204, startedAtCheckpoint: null },
      ...{ entries: 13, files: 25, bytes: 3_200_000, skippedFiles: 0, checkpoints: 1, inCommitTimestamps: false },
      durationMs: 13,
    })
  })
})

test('a table that failed says why', () => {
  const error = new PlatformError('TABLE_CONFLICT', 'it is another table')
  expect(resultLines([{ table, error }], copyTeller)).toEqual([
    'stocks            failed: it is another table [TABLE_CONFLICT]',
  ])
  const said = { code: 'TABLE_CONFLICT', message: 'it is another table' }
  expect(resultFacts({ table, error }, copyTeller)).toMatchObject({ table: 'stocks', error: said })
})

test('a hand-out says whether it was made before', () => {
  const outcome = { kind: 'handed_out', version: version(12), files: 3, bytes: 900, skippedFiles: 0 } as const
  expect(handOutTeller.line(outcome, 100)).toBe('version 12 as a new table: 3 files, 900 bytes, in 0.1 s')
  expect(handOutTeller.line({ ...outcome, kind: 'there' }, 100)).toBe('version 12 was handed out before')
})

test('a verification lists its differences, and counts those that it does not list', () => {
  const versions = { version: version(12), sourceVersion: version(13), targetVersion: version(12) }
  const counts = { entries: 13, checkpointFiles: 0, files: 4, bytes: 1_000, rows: 1_204 }
  const same = {
    source: 's',
    target: 't',
    ...versions,
    ...counts,
    differences: [],
    differenceCount: 0,
    notes: ['behind'],
  }
  expect(verifyTeller.line(same, 0)).toBe('version 12, 13 commits, 4 files (1.0 kB), 1,204 rows: the same')
  expect(verifyTeller.more?.(same)).toEqual(['(behind)'])
  const message = 'the file x is missing'
  const other = { ...same, notes: [], differences: [{ kind: 'file_missing', side: 'target', message } as const] }
  expect(verifyTeller.line({ ...other, differenceCount: 3, rows: null }, 0)).toMatch(/\(1\.0 kB\): 3 differences$/)
  expect(verifyTeller.more?.({ ...other, differenceCount: 3 })).toEqual([message, 'and 2 more'])
})

test('what is lost of times is said once for all tables', () => {
  expect(timesNote([])).toBeUndefined()
  expect(timesNote(['stocks'])).toMatch(/^the log of stocks does not hold the times of commits/)
  expect(timesNote(['a', 'b'])).toMatch(/^the logs of 2 tables do not/)
})
