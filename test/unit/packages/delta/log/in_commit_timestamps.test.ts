import { describe, expect, test } from 'vitest'
import type { Metadata, Protocol } from '#delta/log/actions'
import { enablementOf, hasInCommitTimestamps, inCommitTimestampProperties } from '#delta/log/in_commit_timestamps'
import { epochMs, tableVersion } from '#runtime/units'

const listed: Protocol = { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['inCommitTimestamp'] }
const on = { 'delta.enableInCommitTimestamps': 'true' }

function metadata(configuration: Record<string, string>): Metadata {
  const format = { provider: 'parquet', options: {} }
  return { id: 'i', format, schemaString: '', partitionColumns: [], configuration }
}

test.each<[string, Protocol, Record<string, string>, boolean]>([
  ['the feature and the property', listed, on, true],
  ['the property as Spark may write it', listed, { 'delta.enableInCommitTimestamps': ' TRUE ' }, true],
  ['the feature alone', listed, {}, false],
  ['the property off', listed, { 'delta.enableInCommitTimestamps': 'false' }, false],
  ['the property alone', { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: [] }, on, false],
  ['a writer version without features', { minReaderVersion: 1, minWriterVersion: 2 }, on, false],
])('%s', (_what, protocol, configuration, expected) => {
  expect(hasInCommitTimestamps({ protocol, metadata: metadata(configuration) })).toBe(expected)
})

describe('since when', () => {
  test('is what the properties say', () => {
    const since = { version: tableVersion(7), timestamp: epochMs(1_800_000_000_000) }
    expect(enablementOf(metadata(inCommitTimestampProperties(since)))).toEqual(since)
  })

  test.each([
    ['version 0 has them', {}],
    ['they say version 0', { ...inCommitTimestampProperties(), 'delta.inCommitTimestampEnablementVersion': '0' }],
    ['half of them is missing', { 'delta.inCommitTimestampEnablementVersion': '3' }],
    [
      'they are no numbers',
      { 'delta.inCommitTimestampEnablementVersion': 'x', 'delta.inCommitTimestampEnablementTimestamp': 'y' },
    ],
  ])('is not known when %s', (_what, configuration) => {
    expect(enablementOf(metadata({ ...on, ...configuration }))).toBeUndefined()
  })
})
