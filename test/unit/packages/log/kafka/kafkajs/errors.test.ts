// kafkajs's errors become ours by their whole chain of causes.

import { describe, expect, test } from 'vitest'
import { isConcurrentTransactions, isFenced, kafkaError, shortReason } from '#log/kafka/kafkajs/errors'
import { PlatformError } from '#runtime/errors'

const at = { brokers: ['one:9092', 'two:9092'], doing: 'publish to stock-prices' }

/** An error as kafkajs makes them, wrapped as its retries do. */
function wrapped(facts: { name?: string; type?: string; code?: string | number; retriable?: boolean }): Error {
  const inner = Object.assign(new Error('inner words'), facts)
  return Object.assign(new Error('outer words', { cause: inner }), { name: 'KafkaJSNumberOfRetriesExceeded' })
}

describe('errors of kafkajs', () => {
  test.each([
    [{ name: 'KafkaJSSASLAuthenticationError' }, 'LOG_AUTH_FAILED', false],
    [{ type: 'TOPIC_AUTHORIZATION_FAILED' }, 'LOG_AUTH_FAILED', false],
    [{ name: 'KafkaJSConnectionError', code: 'ECONNREFUSED' }, 'LOG_UNREACHABLE', true],
    [{ name: 'KafkaJSRequestTimeoutError' }, 'LOG_UNREACHABLE', true],
    [{ type: 'UNKNOWN_TOPIC_OR_PARTITION' }, 'LOG_TOPIC_MISSING', false],
    [{ type: 'MESSAGE_TOO_LARGE' }, 'LOG_RECORD_TOO_LARGE', false],
    [{ name: 'KafkaJSOffsetOutOfRange' }, 'LOG_GAP', false],
    [{ type: 'COORDINATOR_LOAD_IN_PROGRESS', retriable: true }, 'LOG_FAILED', true],
    [{ type: 'UNKNOWN', retriable: false }, 'LOG_FAILED', false],
  ] as const)('%o is %s', (facts, code, retryable) => {
    const error = kafkaError(wrapped(facts), at)
    expect(error).toMatchObject({ code, retryable })
    expect(error.message).toMatch(/^cannot publish to stock-prices at one:9092,two:9092: inner words; ./)
  })

  test('an error of ours inside comes out unchanged', () => {
    const own = new PlatformError('LOG_GAP', 'ours')
    expect(kafkaError(new Error('outer', { cause: own }), at)).toBe(own)
  })

  test('tells fenced producers, unfinished transactions and the system code of a connection', () => {
    expect(isFenced(wrapped({ type: 'INVALID_PRODUCER_EPOCH', code: 47 }))).toBe(true)
    expect(isFenced(wrapped({ type: 'KAFKAJS_UNKNOWN_ERROR_CODE', code: 90 }))).toBe(true)
    expect(isFenced(wrapped({ type: 'INVALID_TXN_STATE', code: 48 }))).toBe(false)
    expect(isConcurrentTransactions(wrapped({ type: 'CONCURRENT_TRANSACTIONS', code: 51 }))).toBe(true)
    expect(shortReason(wrapped({ code: 'ECONNREFUSED' }))).toBe('ECONNREFUSED')
    expect(shortReason(new Error('no code'))).toBe('no code')
  })
})
