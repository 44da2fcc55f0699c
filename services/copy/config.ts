// The settings of copying. The settings of the two places are those of stores.

import { integerSetting, settingsGroup } from '#runtime/settings'
import { SECOND_MS } from '#runtime/units'

/** What `copy --follow` goes by. */
export const copySettings = settingsGroup({
  COPY_POLL_MS: integerSetting({ min: 100, max: 86_400_000, default: 10 * SECOND_MS }),
})
