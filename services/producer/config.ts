// The producer's settings: where quotes come from, and which. Read with the settings of the other parts; design.md,
// section 9, has the names.

import { z } from 'zod'
import { isSymbol } from '#market/fields'
import { PlatformError } from '#runtime/errors'
import { integerSetting, numberSetting, type SettingsOf } from '#runtime/settings'
import { SYMBOLS_MAX, YAHOO_POLL_MIN_MS } from '#services/producer/limits'
import { parseFaults } from '#services/producer/sources/simulated_faults'

/** The sources that SOURCE takes. */
export const SOURCES = ['yahoo', 'simulator', 'replay'] as const

export type SourceName = (typeof SOURCES)[number]

/** Followed when SYMBOLS is unset. */
export const SYMBOLS_DEFAULT = 'AAPL,GOOGL,MSFT,AMZN,TSLA'

/** The shape for readSettings. Which source is the default is the caller's: the demo must not need a network. */
export function producerSettings(sourceDefault: SourceName) {
  return {
    SOURCE: z.enum(SOURCES, `must be one of ${SOURCES.join(', ')}`).default(sourceDefault),
    SYMBOLS: z.string().default(SYMBOLS_DEFAULT).transform(parseWith(parseSymbols)),
    POLL_INTERVAL_MS: integerSetting({ min: 100, max: 3_600_000, default: 15_000 }),
    YAHOO_BASE_URL: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
    SIMULATOR_SEED: integerSetting({ min: 0, max: 4_294_967_295, default: 42 }),
    SIMULATOR_RATE: numberSetting({ min: 0.01, max: 1_000_000, default: 5 }),
    SIMULATOR_SESSION: z.enum(['always', 'us'], 'must be always or us').default('always'),
    SIMULATOR_FAULTS: z.string().default('none').transform(parseWith(parseFaults)),
    SIMULATOR_BACKLOG_MS: integerSetting({ min: 0, max: 3_600_000, default: 120_000 }),
    SIMULATOR_QUOTES: integerSetting({ min: 0, max: 1_000_000_000_000, default: 0 }),
    REPLAY_FILE: z.string().optional(),
    REPLAY_SPEED: numberSetting({ min: 0, max: 1_000_000, default: 0 }),
  } as const
}

export type ProducerSettings = SettingsOf<ReturnType<typeof producerSettings>>

/** What no single setting can know. Throws CONFIG_INVALID. */
export function checkProducerSettings(settings: ProducerSettings): void {
  const wrong: string[] = []
  if (settings.SOURCE === 'replay' && settings.REPLAY_FILE === undefined) {
    wrong.push('REPLAY_FILE: must name a file, or - for standard input, when SOURCE is replay')
  }
  if (settings.SOURCE === 'yahoo' && settings.YAHOO_BASE_URL === undefined && tooOften(settings)) {
    wrong.push(`POLL_INTERVAL_MS: must be at least ${YAHOO_POLL_MIN_MS}; Yahoo has nothing newer in between`)
  }
  if (wrong.length > 0) throw new PlatformError('CONFIG_INVALID', `wrong settings:\n  ${wrong.join('\n  ')}`)
}

function tooOften(settings: ProducerSettings): boolean {
  return settings.POLL_INTERVAL_MS < YAHOO_POLL_MIN_MS
}

/** Reads `AAPL, MSFT`: each symbol once, in the order given; a text says what is wrong with it. */
function parseSymbols(text: string): readonly string[] | string {
  const names = text.split(',').map((name) => name.trim())
  const symbols = [...new Set(names.filter((name) => name !== ''))]
  const wrong = symbols.filter((symbol) => !isSymbol(symbol))
  if (wrong.length > 0) {
    return `"${wrong.slice(0, 5).join('", "')}": a symbol is 1 to 20 of A-Z 0-9 . ^ = - (in capitals)`
  }
  if (symbols.length === 0) return 'must name at least one symbol'
  return symbols.length > SYMBOLS_MAX ? `${symbols.length} symbols are more than ${SYMBOLS_MAX}` : symbols
}

/** Makes a zod transform of a parser that answers with the value, or with a text that says what is wrong. */
function parseWith<T extends object>(parse: (text: string) => T | string) {
  return (text: string, context: { addIssue(message: string): void }): T => {
    const value = parse(text)
    if (typeof value !== 'string') return value
    context.addIssue(value)
    return z.NEVER
  }
}
