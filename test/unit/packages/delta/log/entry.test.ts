import { describe, expect, test } from 'vitest'
import { decodeLogEntry, encodeLogEntry, readTxnId } from '#delta/log/entry'
import { epochMs, tableVersion } from '#runtime/units'
import { entry, rowsFile } from '#support/delta/delta_table'

const source = { url: 'memory:t', version: tableVersion(7), modified: epochMs(1_763_000_000_000) }
const bytesOf = (text: string) => new TextEncoder().encode(text)

describe('a log entry', () => {
  test('is read back as it was written, an action a line', () => {
    const add = rowsFile('a', 0, 5)
    const txn = { appId: 'a', version: 2n ** 60n, lastUpdated: 5 }
    const bytes = encodeLogEntry([{ commitInfo: { timestamp: 1_763_000_000_001, txnId: 'me' } }, { txn }, { add }])
    expect(new TextDecoder().decode(bytes).split('\n')).toHaveLength(4)
    expect(decodeLogEntry(bytes, source)).toMatchObject({
      version: 7,
      adds: [add],
      txns: [txn],
      timestamp: 1_763_000_000_001,
    })
    expect(readTxnId(bytes, source)).toBe('me')
  })

  test('skips actions and fields that it does not know, and empty lines', () => {
    const bytes = bytesOf(
      '\n{"domainMetadata":{"domain":"x"}}\r\n\n{"future":1}\n{"remove":{"path":"p","dataChange":true,"new":1}}',
    )
    expect(decodeLogEntry(bytes, source)).toMatchObject({ adds: [], txns: [], removes: [{ path: 'p' }] })
  })

  test('takes the time of the object when it tells none, or one in seconds', () => {
    expect(decodeLogEntry(entry({ commitInfo: {} }), source).timestamp).toBe(source.modified)
    expect(decodeLogEntry(entry({ commitInfo: { timestamp: 1_763_000_000 } }), source).timestamp).toBe(source.modified)
  })

  test.each([
    ['a line that is not JSON', '{"add":{"pa', /version 7 of memory:t: line 1 is not JSON/],
    ['a line that is no object', '[]', /line 1 is not a JSON object/],
    ['an add without a path', '{"add":{"size":1}}', /an add has no path/],
    ['a remove without a path', '{"remove":{}}', /a remove has no path/],
    ['a txn without a version', '{"txn":{"appId":"a"}}', /a txn has no/],
    ['a metaData without an id', '{"metaData":{"partitionColumns":[]}}', /no id/],
    ['a metaData without partition columns', '{"metaData":{"id":"i"}}', /no partitionColumns/],
    ['a metaData with odd partition columns', '{"metaData":{"id":"i","partitionColumns":[1]}}', /no partitionColumns/],
    ['a protocol without versions', '{"protocol":{}}', /minReaderVersion/],
    [
      'a protocol whose reader features are no list',
      '{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":"variantType"}}',
      /readerFeatures/,
    ],
    [
      'a protocol whose writer features are no names',
      '{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":[7]}}',
      /writerFeatures/,
    ],
  ])('with %s is corrupt, and says so', (_what, text, message) => {
    const attempt = () => decodeLogEntry(bytesOf(text), source)
    expect(attempt).toThrow(expect.objectContaining({ code: 'TABLE_CORRUPT', message: expect.stringMatching(message) }))
  })

  const vector = {
    storageType: 'u',
    pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^',
    offset: 1,
    sizeInBytes: 4,
    cardinality: 1,
  }

  test.each<[string, unknown]>([
    ['is no object', 7],
    ['has the unknown storage type x', { ...vector, storageType: 'x' }],
    ['has no path', { ...vector, pathOrInlineDv: undefined }],
    ['has no size', { ...vector, sizeInBytes: -4 }],
    ['has no cardinality', { ...vector, cardinality: '1' }],
    ['has an offset that is none', { ...vector, offset: 0.5 }],
  ])('with a deletion vector that %s is corrupt', (fault, deletionVector) => {
    for (const action of ['add', 'remove']) {
      const attempt = () => decodeLogEntry(entry({ [action]: { ...rowsFile('a', 0, 1), deletionVector } }), source)
      const wanted = { code: 'TABLE_CORRUPT', message: expect.stringContaining(fault) }
      expect(attempt).toThrow(expect.objectContaining(wanted))
    }
  })

  test('keeps a deletion vector as it is', () => {
    const commit = decodeLogEntry(entry({ add: { ...rowsFile('a', 0, 1), deletionVector: vector } }), source)
    expect(commit.adds[0]?.deletionVector).toEqual(vector)
  })

  test('has properties as texts, as they are meant to be', () => {
    const text = '{"metaData":{"id":"i","partitionColumns":[],"configuration":{"a":true,"b":10,"c":"x","d":null}}}'
    const configuration = { a: 'true', b: '10', c: 'x', d: null }
    expect(decodeLogEntry(bytesOf(text), source).metadata).toMatchObject({ configuration })
  })

  test('that ends early shows no commit id', () => {
    const whole = encodeLogEntry([{ commitInfo: { txnId: 'me' } }, { add: rowsFile('a', 0, 5) }])
    expect(() => readTxnId(whole.slice(0, 10), source)).toThrow()
    expect(() => readTxnId(new Uint8Array(), source)).toThrow()
    expect(readTxnId(entry({ add: rowsFile('a', 0, 5) }), source)).toBeUndefined()
  })
})
