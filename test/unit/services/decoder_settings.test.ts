// The decoder's settings, as the environment gives them.

import { expect, test } from 'vitest'
import { DEFAULT_DECODER_SETTINGS } from '#market/decoding/decoder'
import { type Env, readSettings } from '#runtime/settings'
import { decoderOf, decoderSettings } from '#services/decoder_settings'

const read = (env: Env) => decoderOf(readSettings(env, decoderSettings)).settings

test('unset, they are the default', () => {
  expect(read({})).toEqual(DEFAULT_DECODER_SETTINGS)
})

test('all of them reach the decoder', () => {
  const env = { FUTURE_TOLERANCE_MS: '1', TIMESTAMP_UNIT: 'ns', TIMESTAMP_ZONE: 'Asia/Tokyo', PRICE_TEXT: 'accept' }
  const settings = { futureToleranceMs: 1, timestampUnit: 'ns', timestampZone: 'Asia/Tokyo', priceText: 'accept' }
  expect(read(env)).toEqual(settings)
})

test.each([
  ['FUTURE_TOLERANCE_MS', '-1', /whole number/],
  ['TIMESTAMP_UNIT', 'seconds', /must be .*s.*ms.*us.*ns/],
  ['TIMESTAMP_ZONE', 'New York', /must be UTC or the IANA name of a time zone/],
  ['PRICE_TEXT', 'yes', /must be .*refuse.*accept/],
])('%s=%s is refused', (name, value, said) => {
  expect(() => read({ [name]: value })).toThrow(said)
})
