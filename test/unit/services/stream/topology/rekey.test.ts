// Re-keying and dead letters: every record goes one way, once.

import { describe, expect, test } from 'vitest'
import { encodeDeadLetter } from '#market/dead_letter'
import { ATTEMPT_HEADER, ORIGIN_HEADER } from '#market/headers'
import { PRICES_TOPIC } from '#market/topics'
import type { EpochMs } from '#runtime/units'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { unaccounted } from '#services/stream/outputs'
import { createTopologyDriver } from '#services/stream/topology_driver'

const T0 = Date.UTC(2026, 0, 6, 15)
const value = `{"symbol":"AAPL","price":277.06,"timestamp":${T0}}`
const bytes = (text: string) => new TextEncoder().encode(text)
const newDriver = () => createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, partition: 2 })
const origin = (text: string) => ({ [ORIGIN_HEADER]: bytes(text) })

describe('a quote whose key is not its symbol', () => {
  test.each([null, '', 'aapl', 'AAPLE', 'AAP', 'MSFT'])('%j is published again, and is in no bar here', (key) => {
    const driver = newDriver()
    driver.record({ key: 'AAPL', value, ingestTime: T0 })
    const headers = { trace: bytes('t') }
    expect(driver.record({ key, value, headers, ingestTime: T0 }).copies).toEqual([
      { topic: PRICES_TOPIC, key: 'AAPL', value: bytes(value), headers: { trace: bytes('t'), [ORIGIN_HEADER]: '2:1' } },
    ])
    expect(driver.drain().bars).toMatchObject([{ count: 1 }])
    expect(driver.counters).toMatchObject({ valid: 2, rekeyed: 1, placed: 1 })
  })
})

describe('a re-keyed copy', () => {
  test('is taken once by its origin’s offset', () => {
    const driver = newDriver()
    for (const from of ['0:5', '0:5', '0:4', '0:6', '1:5', '1:5']) {
      driver.record({ key: 'AAPL', value, headers: origin(from), ingestTime: T0 })
    }
    expect(driver.counters).toMatchObject({ valid: 6, placed: 3, repetitions: 3 })
    expect(driver.drain().bars).toMatchObject([{ count: 3, firstOffset: 0, lastOffset: 4 }])
    expect(unaccounted(driver.counters)).toBe(0)
  })

  test('with a wrong key again is a dead letter and moves nothing', () => {
    const driver = newDriver()
    driver.record({ key: 'X', value, headers: origin('0:5'), ingestTime: T0 + 1 })
    expect(driver.all.deadLetters).toMatchObject([{ reason: 'wrong_key', offset: 0, partition: 2 }])
    expect(driver.state.clock).toBe(0)
    driver.record({ key: 'AAPL', value, headers: origin('0:5'), ingestTime: T0 })
    expect(driver.counters).toMatchObject({ placed: 1, valid: 1, read: 2 })
  })

  const notOurs = ['', ':', '1:', ':1', 'a:1', '1:1:1', '-1:5', '1:-5', '9999999:1', '1:99999999999999999', '1:5 ']

  test.each([...notOurs, '01:5', '2:1'])('whose origin %j nobody of us wrote is a quote like any other', (text) => {
    const driver = newDriver()
    driver.record({ key: 'AAPL', value, headers: origin(text), ingestTime: T0 })
    driver.record({ key: 'AAPL', value, headers: origin(text), ingestTime: T0 })
    expect(driver.counters).toMatchObject({ placed: 2, repetitions: 0 })
  })

  test('whose origin nobody of us wrote is published again with its true one, when its key is not its symbol', () => {
    const { copies } = newDriver().record({ key: 'X', value, headers: origin('trace-7'), ingestTime: T0 })
    expect(copies).toMatchObject([{ key: 'AAPL', headers: { [ORIGIN_HEADER]: '2:0' } }])
  })
})

describe('a dead letter', () => {
  test('holds the whole record and moves nothing', () => {
    const driver = newDriver()
    const headers = { a: bytes('1') }
    const { deadLetters } = driver.record({ key: 'K', value: bytes('nope'), headers, ingestTime: T0 })
    expect(deadLetters).toMatchObject([
      { reason: 'not_json', topic: PRICES_TOPIC, partition: 2, offset: 0, ingestTime: T0, attempt: 1 },
    ])
    const [letter] = deadLetters
    if (letter === undefined) throw new Error('no dead letter')
    expect(JSON.parse(encodeDeadLetter({ ...letter, processingTime: 1 as EpochMs }))).toMatchObject({
      key: btoa('K'),
      value: btoa('nope'),
      headers: [['a', btoa('1')]],
    })
    expect(driver.state.clock).toBe(0)
  })

  test.each([
    ['2', 2],
    ['999999', 999_999],
    ['0', 1],
    ['x', 1],
    ['1000000000', 1],
  ])('of a record sent again with attempt %s counts %d', (text, attempt) => {
    const driver = newDriver()
    driver.record({ value: '', headers: { [ATTEMPT_HEADER]: bytes(text) }, ingestTime: T0 })
    expect(driver.all.deadLetters).toMatchObject([{ attempt }])
  })
})
