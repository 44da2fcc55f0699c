// The record that a redrive publishes.

import { expect, test } from 'vitest'
import { redrivenRecord } from '#services/redrive/publish'
import { SOME_LETTER as letter } from '#support/dead_letters'
import { defaultDecoder } from '#support/decoder'

test('a partition that stock-prices no longer has is left to the hash of the key', () => {
  expect(redrivenRecord(letter, { decoder: defaultDecoder, partitions: 6 })).toMatchObject({ partition: 5 })
  expect(redrivenRecord(letter, { decoder: defaultDecoder, partitions: 5 })).not.toHaveProperty('partition')
})
