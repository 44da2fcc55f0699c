// The backfill's settings: of which symbols, from where, and how often Yahoo is asked.

import { booleanSetting, integerSetting, settingsGroup, webUrlSetting } from '#runtime/settings'
import { HOUR_MS } from '#runtime/units'
import { INTERVAL_DEFAULT_MS, INTERVAL_MIN_MS } from '#services/backfill/limits'
import { symbolsSetting } from '#services/producer/config'

const WANTED =
  `must be a whole number from ${INTERVAL_MIN_MS} to ${HOUR_MS}, ` +
  'or from 0 when YAHOO_BASE_URL names a server of yours'

/** The variables of a backfill. Some are the producer's, too. */
export const backfillSettings = settingsGroup({
  SYMBOLS: symbolsSetting(),
  YAHOO_BASE_URL: webUrlSetting(),
  BACKFILL_INTERVAL_MS: integerSetting({ min: 0, max: HOUR_MS, default: INTERVAL_DEFAULT_MS, wanted: WANTED }),
}).together(['YAHOO_BASE_URL', 'BACKFILL_INTERVAL_MS'], ({ YAHOO_BASE_URL, BACKFILL_INTERVAL_MS: ms }) =>
  YAHOO_BASE_URL === undefined && ms < INTERVAL_MIN_MS ? `BACKFILL_INTERVAL_MS ${WANTED}, not "${ms}"` : null,
)

/** Whether a producer of live quotes fills its last trading days when it starts. */
export const fillingSettings = settingsGroup({ BACKFILL_AT_START: booleanSetting(true) })
