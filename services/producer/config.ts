// The producer's settings: where quotes come from, and which.

import { isSymbol, SYMBOL_RULE } from '#market/decoding/fields'
import {
  choiceSetting,
  integerSetting,
  numberSetting,
  parsedBy,
  type SettingsOf,
  settingsGroup,
  textSetting,
  webUrlSetting,
} from '#runtime/settings'
import { shownValue } from '#runtime/shown_value'
import { HOUR_MS, MINUTE_MS } from '#runtime/units'
import { timestampUnitSetting } from '#services/decoder_settings'
import { SYMBOLS_MAX, YAHOO_POLL_MIN_MS } from '#services/producer/limits'
import { replayFileFault } from '#services/producer/sources/replay/replay_file'
import { parseFaults } from '#services/producer/sources/simulator/faults'
import { SIMULATOR_SESSIONS } from '#services/producer/sources/simulator/venues'

/** The sources that SOURCE takes. */
export const SOURCES = ['yahoo', 'simulator', 'replay'] as const

export type SourceName = (typeof SOURCES)[number]

/** How Yahoo's quotes come: by its streamer with polling beside it, or by one of the two alone. */
export const YAHOO_MODES = ['auto', 'stream', 'poll'] as const

/** Where a source begins that has a position in the log: where it stopped, or at its start. */
export const SOURCE_POSITIONS = ['resume', 'start'] as const

/** Followed when SYMBOLS is unset. */
export const SYMBOLS_DEFAULT = 'AAPL,GOOGL,MSFT,AMZN,TSLA'

/** Yahoo's own servers are asked less often than a server of the user's. */
const POLL_INTERVAL = { min: 100, max: HOUR_MS }
const POLL_INTERVAL_WANTED =
  `must be a whole number from ${YAHOO_POLL_MIN_MS} to ${POLL_INTERVAL.max}, ` +
  `or from ${POLL_INTERVAL.min} when YAHOO_BASE_URL names a server of yours`

const GROUPS = { yahoo: groupOf('yahoo'), simulator: groupOf('simulator') }

/** The producer's settings. Which source is the default is the caller's: the demo must not need a network. */
export function producerSettings(sourceDefault: keyof typeof GROUPS) {
  return GROUPS[sourceDefault]
}

function groupOf(sourceDefault: SourceName) {
  return settingsGroup({
    SOURCE: choiceSetting(SOURCES).default(sourceDefault),
    SOURCE_POSITION: choiceSetting(SOURCE_POSITIONS).default('resume'),
    SYMBOLS: symbolsSetting(),
    POLL_INTERVAL_MS: integerSetting({ ...POLL_INTERVAL, default: 15_000, wanted: POLL_INTERVAL_WANTED }),
    YAHOO_MODE: choiceSetting(YAHOO_MODES).default('auto'),
    YAHOO_BASE_URL: webUrlSetting(),
    SIMULATOR_SEED: integerSetting({ min: 0, max: 4_294_967_295, default: 42 }),
    SIMULATOR_RATE: numberSetting({ min: 0.01, max: 1_000_000, default: 5 }),
    SIMULATOR_SESSION: choiceSetting(SIMULATOR_SESSIONS).default('always'),
    SIMULATOR_FAULTS: textSetting().default('none').map(parsedBy(parseFaults)),
    SIMULATOR_BACKLOG_MS: integerSetting({ min: 0, max: HOUR_MS, default: 2 * MINUTE_MS }),
    SIMULATOR_QUOTES: integerSetting({ min: 0, max: 1_000_000_000_000, default: 0 }),
    REPLAY_FILE: textSetting().optional(),
    REPLAY_SPEED: numberSetting({ min: 0, max: 1_000_000, default: 0 }),
    TIMESTAMP_UNIT: timestampUnitSetting,
  })
    .together(['SOURCE', 'REPLAY_FILE'], ({ SOURCE, REPLAY_FILE }) =>
      SOURCE === 'replay' ? faultOfReplay(REPLAY_FILE) : null,
    )
    .together(['SOURCE', 'TIMESTAMP_UNIT'], ({ SOURCE, TIMESTAMP_UNIT: unit }) =>
      SOURCE !== 'replay' && unit !== 'ms'
        ? `TIMESTAMP_UNIT must be ms, not "${unit}", since SOURCE is ${SOURCE}, which sends milliseconds`
        : null,
    )
    .together(['SOURCE', 'YAHOO_BASE_URL', 'POLL_INTERVAL_MS'], ({ SOURCE, YAHOO_BASE_URL, POLL_INTERVAL_MS: ms }) =>
      SOURCE === 'yahoo' && YAHOO_BASE_URL === undefined && ms < YAHOO_POLL_MIN_MS
        ? `POLL_INTERVAL_MS ${POLL_INTERVAL_WANTED}, not "${ms}"`
        : null,
    )
}

export type ProducerSettings = SettingsOf<ReturnType<typeof producerSettings>['shape']>

/** True when the source that the settings name ends by itself. */
export function sourceEnds({ SOURCE, SIMULATOR_QUOTES }: ProducerSettings): boolean {
  return SOURCE === 'replay' || (SOURCE === 'simulator' && SIMULATOR_QUOTES > 0)
}

function faultOfReplay(file: string | undefined): string | null {
  if (file === undefined) return 'REPLAY_FILE must name a file, or be - for standard input, since SOURCE is replay'
  const fault = replayFileFault(file)
  return fault === null ? null : `REPLAY_FILE (${shownValue(file)}) cannot be replayed: ${fault}`
}

/** The symbols that are followed. */
export function symbolsSetting() {
  return textSetting().default(SYMBOLS_DEFAULT).map(parsedBy(parseSymbols))
}

/** Reads `AAPL, MSFT`: each symbol once, in the order given; a text says what is wrong with it. */
export function parseSymbols(text: string): readonly string[] | string {
  const names = text.split(',').map((name) => name.trim())
  const symbols = [...new Set(names.filter((name) => name !== ''))]
  const wrong = symbols.filter((symbol) => !isSymbol(symbol))
  if (wrong.length > 0) {
    const named = wrong.slice(0, 5).map((symbol) => shownValue(symbol))
    return `names ${named.join(', ')}; a symbol is ${SYMBOL_RULE}`
  }
  if (symbols.length === 0) return 'must name at least one symbol'
  return symbols.length > SYMBOLS_MAX ? `names ${symbols.length} symbols, and ${SYMBOLS_MAX} is the most` : symbols
}
