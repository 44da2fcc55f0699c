// The decoder with its default settings, and values decoded by it.

import { DEFAULT_DECODER_SETTINGS } from '#market/decoding/decoder'
import { createDecoder } from '#market/decoding/scanning_decoder'
import { timestampReader } from '#market/decoding/timestamp'
import type { EpochMs } from '#runtime/units'

/** As a platform without settings has it. */
export const defaultDecoder = createDecoder(DEFAULT_DECODER_SETTINGS)

/** Timestamps as it reads them. */
export const readTimestamp = timestampReader(DEFAULT_DECODER_SETTINGS)

/** What the default decoder makes of a value that arrives at `timestamp`. */
export function decodeQuote(value: Uint8Array | null, timestamp: EpochMs) {
  return defaultDecoder.decode({ value, timestamp })
}
