// What a failed transaction came to.

import { expect, test } from 'vitest'
import { failedOutcome } from '#log/kafka/produce/transaction_outcome'

const lost = new Error('the connection was closed')
const fenced = Object.assign(new Error('a newer producer'), { type: 'INVALID_PRODUCER_EPOCH' })

test('a commit whose answer was lost is of unknown outcome, one that was never asked for is aborted', () => {
  expect(failedOutcome(lost, { mayHaveCommitted: true })).toBe('unknown')
  expect(failedOutcome(lost, { mayHaveCommitted: false })).toBe('aborted')
})

test('a commit that was refused by the fence is known not to be there', () => {
  expect(failedOutcome(fenced, { mayHaveCommitted: true })).toBe('fenced')
  expect(failedOutcome(fenced, { mayHaveCommitted: false })).toBe('fenced')
})
