// The settings of the decoder, read in one place: whatever decodes takes the decoder that is made here, so that all
// services and commands agree on what is a quote.

import {
  DEFAULT_DECODER_SETTINGS as DEFAULT,
  type DecoderSettings,
  type InPlaceDecoder,
} from '#market/decoding/decoder'
import { createDecoder } from '#market/decoding/scanning_decoder'
import { timeZone } from '#market/decoding/time_zone'
import { TIMESTAMP_UNITS } from '#market/decoding/timestamp'
import { choiceSetting, integerSetting, type SettingsOf, settingsGroup, textSetting } from '#runtime/settings'
import { DAY_MS } from '#runtime/units'

/** Also read by the producer, whose own sources know one unit only. */
export const timestampUnitSetting = choiceSetting(TIMESTAMP_UNITS).default(DEFAULT.timestampUnit)

/** The variables of the decoder. */
export const decoderSettings = settingsGroup({
  FUTURE_TOLERANCE_MS: integerSetting({ min: 0, max: DAY_MS, default: DEFAULT.futureToleranceMs }),
  TIMESTAMP_UNIT: timestampUnitSetting,
  TIMESTAMP_ZONE: textSetting()
    .refine((name) => timeZone(name) !== null, 'must be UTC or the IANA name of a time zone, such as America/New_York')
    .optional(),
  PRICE_TEXT: choiceSetting(['refuse', 'accept']).default(DEFAULT.priceText),
})

/** The settings as the decoder takes them. */
export function decoderConfig(settings: SettingsOf<typeof decoderSettings.shape>): DecoderSettings {
  return {
    futureToleranceMs: settings.FUTURE_TOLERANCE_MS,
    timestampUnit: settings.TIMESTAMP_UNIT,
    timestampZone: settings.TIMESTAMP_ZONE ?? null,
    priceText: settings.PRICE_TEXT,
  }
}

/** The decoder that the settings ask for. */
export function decoderOf(settings: SettingsOf<typeof decoderSettings.shape>): InPlaceDecoder {
  return createDecoder(decoderConfig(settings))
}
