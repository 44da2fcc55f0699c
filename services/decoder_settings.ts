// The settings of the decoder, read in one place: whatever decodes takes the decoder that is made here, so that all
// services and commands agree on what is a quote.

import { createDecoder, DEFAULT_DECODER_SETTINGS, type QuoteDecoder } from '#market/decoder'
import { integerSetting, type SettingsOf, settingsGroup } from '#runtime/settings'

const DAY_MS = 86_400_000

/** The variables of the decoder. */
export const decoderSettings = settingsGroup({
  FUTURE_TOLERANCE_MS: integerSetting({ min: 0, max: DAY_MS, default: DEFAULT_DECODER_SETTINGS.futureToleranceMs }),
})

/** The decoder that the settings ask for. */
export function decoderOf(settings: SettingsOf<typeof decoderSettings.shape>): QuoteDecoder {
  return createDecoder({ futureToleranceMs: settings.FUTURE_TOLERANCE_MS })
}
