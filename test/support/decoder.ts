// The decoder with its default settings, and values decoded by it.

import { createJsonDecoder, DEFAULT_DECODER_SETTINGS, type DecoderSettings } from '#market/decoding/decoder'
import { createScanner } from '#market/decoding/scanner/scanner'
import { createDecoder, ScanningDecoder } from '#market/decoding/scanning_decoder'
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

/** Decides everything by the definition, also in place: its scan takes nothing. */
export function definingDecoder(settings: DecoderSettings): ScanningDecoder {
  const { slots, symbols } = createScanner(settings)
  return new ScanningDecoder({ slots, symbols, scan: () => false }, createJsonDecoder(settings))
}
