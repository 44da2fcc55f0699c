// How long bars are. Their topic and their table are named by it, so all who make, land or compare bars read it.

import { BAR_INTERVAL_DEFAULT_MS, BAR_INTERVAL_MAX_MS, isBarInterval } from '#market/interval'
import { integerSetting, settingsGroup } from '#runtime/settings'

/** The interval of bars. */
export const barSettings = settingsGroup({
  BAR_INTERVAL_MS: integerSetting({ min: 1, max: BAR_INTERVAL_MAX_MS, default: BAR_INTERVAL_DEFAULT_MS }).refine(
    isBarInterval,
    `must divide 15 minutes (${BAR_INTERVAL_MAX_MS} ms), so that no bar spans two trading days`,
  ),
})
