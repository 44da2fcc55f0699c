import { describe, expect, test } from 'vitest'
import { decodeLogEntry, encodeLogEntry, readTxnId } from '#delta/log_entry'
import { epochMs, tableVersion } from '#runtime/units'
import { entry, rowsFile } from '#support/delta_table'

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
    ['a protocol without versions', '{"protocol":{}}', /minReaderVersion/],
  ])('with %s is corrupt, and says so', (_what, text, message) => {
    const attempt = () => decodeLogEntry(bytesOf(text), source)
    expect(attempt).toThrow(expect.objectContaining({ code: 'TABLE_CORRUPT', message: expect.stringMatching(message) }))
  })

  test('with a deletion vector is refused by the name of the feature', () => {
    const bytes = entry({ add: { ...rowsFile('a', 0, 1), deletionVector: { storageType: 'u' } } })
    const wanted = { code: 'TABLE_UNSUPPORTED', message: expect.stringContaining('deletionVectors') }
    expect(() => decodeLogEntry(bytes, source)).toThrow(expect.objectContaining(wanted))
  })

  test('that ends early shows no commit id', () => {
    const whole = encodeLogEntry([{ commitInfo: { txnId: 'me' } }, { add: rowsFile('a', 0, 5) }])
    expect(() => readTxnId(whole.slice(0, 10), source)).toThrow()
    expect(() => readTxnId(new Uint8Array(), source)).toThrow()
    expect(readTxnId(entry({ add: rowsFile('a', 0, 5) }), source)).toBeUndefined()
  })
})
