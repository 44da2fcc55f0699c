import { describe, expect, test } from 'vitest'
import type { Metadata, Protocol } from '#delta/log/actions'
import { PLAIN_PROTOCOL, requireReadable, requireWritable, withWriterFeature } from '#delta/protocol'
import type { StructField } from '#delta/schema/schema'
import { column } from '#support/delta/delta_table'

function table(protocol: Protocol, configuration: Record<string, string> = {}, field: Partial<StructField> = {}) {
  const metadata: Metadata = {
    id: 'i',
    format: { provider: 'parquet', options: {} },
    schemaString: '',
    partitionColumns: [],
    configuration,
  }
  return { protocol, metadata, schema: { type: 'struct' as const, fields: [column('a', 'long', field)] } }
}

const refusal = (name: string) =>
  expect.objectContaining({ code: 'TABLE_UNSUPPORTED', message: expect.stringContaining(name) })

describe('reading', () => {
  test.each<[string, Protocol, Record<string, string>]>([
    ['the plain protocol', PLAIN_PROTOCOL, {}],
    ['reader version 2 without column mapping', { minReaderVersion: 2, minWriterVersion: 5 }, {}],
    [
      'column mapping that is off',
      { minReaderVersion: 2, minWriterVersion: 5 },
      { 'delta.columnMapping.mode': 'none' },
    ],
    ['reader version 3 without features', { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: [] }, {}],
    ['column mapping by id', { minReaderVersion: 2, minWriterVersion: 5 }, { 'delta.columnMapping.mode': 'id' }],
    [
      'column mapping as a feature',
      { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['columnMapping'] },
      { 'delta.columnMapping.mode': 'name' },
    ],
    ['deletion vectors', { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['deletionVectors'] }, {}],
    ['type widening', { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['typeWidening'] }, {}],
    ['zone-less timestamps', { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['timestampNtz'] }, {}],
  ])('takes %s', (_what, protocol, configuration) => {
    expect(() => requireReadable('memory:t', table(protocol, configuration))).not.toThrow()
  })

  test.each<[string, Protocol, Record<string, string>]>([
    ['reader version 99', { minReaderVersion: 99, minWriterVersion: 7 }, {}],
    [
      'columnMapping (mode id) without a protocol',
      { minReaderVersion: 1, minWriterVersion: 2 },
      { 'delta.columnMapping.mode': 'id' },
    ],
    ['columnMapping (mode odd)', { minReaderVersion: 2, minWriterVersion: 5 }, { 'delta.columnMapping.mode': 'odd' }],
    ['variantType', { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['variantType'] }, {}],
    ['catalogManaged', { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['catalogManaged'] }, {}],
  ])('refuses %s by name', (name, protocol, configuration) => {
    expect(() => requireReadable('memory:t', table(protocol, configuration))).toThrow(refusal(name))
  })
})

describe('writing', () => {
  const v7 = (...writerFeatures: string[]): Protocol => ({ minReaderVersion: 1, minWriterVersion: 7, writerFeatures })

  test.each<[string, Protocol]>([
    ['the plain protocol', PLAIN_PROTOCOL],
    ['features that ask nothing of an append', v7('appendOnly', 'invariants', 'checkConstraints')],
    ['in-commit timestamps', v7('appendOnly', 'inCommitTimestamp')],
    ['column mapping that is listed and off', { ...v7('columnMapping'), minReaderVersion: 2 }],
    ['older writers whose features are not in use', { minReaderVersion: 1, minWriterVersion: 6 }],
  ])('takes %s', (_what, protocol) => {
    expect(() => requireWritable('memory:t', table(protocol))).not.toThrow()
  })

  test.each<[string, ReturnType<typeof table>]>([
    ['writer version 8', table({ minReaderVersion: 1, minWriterVersion: 8 })],
    ['rowTracking', table(v7('appendOnly', 'rowTracking'))],
    ['the type void (column a)', table(PLAIN_PROTOCOL, {}, { type: 'void' })],
    [
      'the type void (column a)',
      table(PLAIN_PROTOCOL, {}, { type: { type: 'array', elementType: 'void', containsNull: true } }),
    ],
    ['invariants (column a)', table(PLAIN_PROTOCOL, {}, { metadata: { 'delta.invariants': '{}' } })],
    ['generatedColumns', table(PLAIN_PROTOCOL, {}, { metadata: { 'delta.generationExpression': 'b' } })],
    ['identityColumns', table(PLAIN_PROTOCOL, {}, { metadata: { 'delta.identity.start': 1 } })],
    ['delta.constraints.positive', table(PLAIN_PROTOCOL, { 'delta.constraints.positive': 'a > 0' })],
    [
      'delta.setTransactionRetentionDuration',
      table(PLAIN_PROTOCOL, { 'delta.setTransactionRetentionDuration': '1 day' }),
    ],
    ['deletionVectors', table({ minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['deletionVectors'] })],
    ['typeWidening', table({ minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['typeWidening'] })],
    [
      'columnMapping (mode name)',
      table({ minReaderVersion: 2, minWriterVersion: 5 }, { 'delta.columnMapping.mode': 'name' }),
    ],
    [
      'columnMapping (mode id)',
      table(
        { ...v7('columnMapping'), minReaderVersion: 3, readerFeatures: ['columnMapping'] },
        { 'delta.columnMapping.mode': 'id' },
      ),
    ],
  ])('refuses %s by name', (name, rules) => {
    expect(() => requireWritable('memory:t', rules)).toThrow(refusal(name))
  })
})

describe('one more writer feature', () => {
  const features = (minReaderVersion: number, minWriterVersion: number) =>
    withWriterFeature({ minReaderVersion, minWriterVersion }, 'new')

  // PROTOCOL.md, Table Features: what each legacy version asks for.
  test.each<[reader: number, writer: number, implied: string[]]>([
    [1, 1, []],
    [1, 2, ['appendOnly', 'invariants']],
    [1, 3, ['appendOnly', 'invariants', 'checkConstraints']],
    [1, 4, ['appendOnly', 'invariants', 'checkConstraints', 'changeDataFeed', 'generatedColumns']],
    [1, 5, ['appendOnly', 'invariants', 'checkConstraints', 'changeDataFeed', 'generatedColumns']],
    [2, 5, ['appendOnly', 'invariants', 'checkConstraints', 'changeDataFeed', 'generatedColumns', 'columnMapping']],
    [1, 6, ['appendOnly', 'invariants', 'checkConstraints', 'changeDataFeed', 'generatedColumns', 'identityColumns']],
  ])('lists what (%i, %i) implied', (reader, writer, implied) => {
    expect(features(reader, writer)).toEqual({
      minReaderVersion: reader,
      minWriterVersion: 7,
      writerFeatures: [...implied, 'new'],
    })
    const rules = table(withWriterFeature({ minReaderVersion: reader, minWriterVersion: writer }, 'inCommitTimestamp'))
    expect(() => requireWritable('memory:t', rules)).not.toThrow()
  })

  test('keeps what a table lists, and is listed once', () => {
    const listed: Protocol = {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['timestampNtz'],
      writerFeatures: ['timestampNtz'],
    }
    const more = withWriterFeature(listed, 'new')
    expect(more).toEqual({ ...listed, writerFeatures: ['timestampNtz', 'new'] })
    expect(withWriterFeature(more, 'new')).toEqual(more)
  })
})
