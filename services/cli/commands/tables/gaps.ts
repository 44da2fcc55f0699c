// `tickerlake gaps`: where regular hours have no bar, why, and whether history has filled it. It asks the view `gaps`.

import { type Catalog, openCatalog } from '#lake/catalog'
import { sqlSettings } from '#lake/query_settings'
import { FORMATS, type FormatName } from '#lake-sql/formats'
import { startQuery } from '#lake-sql/query'
import { intervalName } from '#market/interval'
import { parseTradeDate, type TradeDate, tradeDateText } from '#market/session'
import { displayJson } from '#runtime/console/display_text'
import { PlatformError } from '#runtime/errors'
import { barSettings } from '#services/bar_settings'
import { calendarSettings, calendarsOf } from '#services/calendar_settings'
import type { Command, CommandArguments, CommandContext } from '#services/cli/command'
import { gapsSql, isForPeople, printGaps } from '#services/cli/print/gap_report'
import { terminalWidth } from '#services/cli/print/terminal'
import { textWriter } from '#services/cli/print/write_text'
import { lakeSettings } from '#services/platform/settings'
import { parseSymbols } from '#services/producer/config'

/** Lists the gaps. */
export const gapsCommand: Command = {
  name: 'gaps',
  usage: '[--from DATE] [--to DATE] [--symbols A,B] [--format FORMAT] [--json]',
  details: `Minutes of regular hours, by the calendar of the symbol's exchange, that have no bar. Dates are trade dates.
Without --from it looks back to each symbol's first bar. The last five minutes are left out, and as much more as quotes
are delayed.

Reasons: no trade (history has the minute, and nobody traded), source silent (other symbols had quotes), down (no
symbol had any), not followed (before the symbol's first bar; only with --from).
History: filled, not needed (nobody traded), pending (\`tickerlake backfill\` can fill it), out of reach (older than the
30 days that Yahoo keeps minutes of), unavailable (nobody has it).

  tickerlake gaps --from 2026-11-23 --symbols AAPL,MSFT
  tickerlake gaps --format csv > gaps.csv
  tickerlake sql "SELECT symbol, sum(minutes) FROM gaps WHERE reason = 'down' GROUP BY 1"

docs/gaps.md says more.`,
  options: {
    from: { type: 'string', placeholder: 'DATE', description: 'the first trade date, as 2026-11-23' },
    to: { type: 'string', placeholder: 'DATE', description: 'the last one; today by default' },
    symbols: { type: 'string', placeholder: 'A,B', description: 'these alone' },
    format: { type: 'string', placeholder: 'FORMAT', description: `${FORMATS.join(', ')}; table by default` },
    json: { type: 'boolean', description: 'as a JSON object, with the sums' },
  },
  settings: [lakeSettings, sqlSettings, barSettings, calendarSettings],
  async run(context, args) {
    const choice = choiceOf(args)
    const { query, grain, followedOf } = await askGaps(context, choice)
    const { stdout, stderr, signal } = context
    const write = textWriter(stdout, signal)
    try {
      const { format, json } = choice
      if (json) await write('{"gaps":')
      const summary = await printGaps(query, { format, grain, width: terminalWidth(stdout), write })
      const asksWho = !json && (summary.minutes === 0 || choice.symbols !== undefined)
      const who = asksWho ? { asked: choice.symbols, followed: await followedOf() } : undefined
      if (json) await write(`,"summary":${displayJson(JSON.stringify(summary))}}\n`)
      else if (isForPeople(format)) await write(`${summary.minutes === 0 ? '' : '\n'}${summary.toText(who)}`)
      else stderr.write(summary.toText(who))
    } finally {
      await query.close()
    }
  },
}

interface Choice {
  readonly from: TradeDate | undefined
  readonly to: TradeDate | undefined
  readonly symbols: readonly string[] | undefined
  readonly format: FormatName
  /** One object with the sums, and not the rows alone. */
  readonly json: boolean
}

async function askGaps(context: CommandContext, { from, to, symbols }: Choice) {
  const { BAR_INTERVAL_MS: barIntervalMs } = context.settings.of(barSettings)
  const calendars = async () => calendarsOf(context.settings.of(calendarSettings))
  const since = from === undefined ? {} : { gapsFrom: from }
  const catalog = await openCatalog(context, { at: { kind: 'newest' }, attach: [], barIntervalMs, calendars, ...since })
  const conditions = [
    ...(from === undefined ? [] : [`trade_date >= DATE '${tradeDateText(from)}'`]),
    ...(to === undefined ? [] : [`trade_date <= DATE '${tradeDateText(to)}'`]),
    ...(symbols === undefined ? [] : [`symbol IN (${symbols.map((symbol) => `'${symbol}'`).join(', ')})`]),
  ]
  const query = await startQuery(catalog.request(gapsSql(conditions.join(' AND ') || 'true'), context.signal))
  const followedOf = () => followedSymbols(catalog, context.signal)
  return { query, grain: intervalName(catalog.barIntervalMs), followedOf }
}

/** The symbols of which bars are expected at all. */
async function followedSymbols(catalog: Catalog, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const query = await startQuery(catalog.request('SELECT symbol FROM symbol_calendars', signal))
  const followed = new Set<string>()
  try {
    for (let event = await query.next(); event.kind !== 'end'; event = await query.next()) {
      if (event.kind === 'rows') for (const [symbol] of event.rows) followed.add(String(symbol))
    }
  } finally {
    await query.close()
  }
  return followed
}

function choiceOf({ values }: CommandArguments): Choice {
  const [from, to] = [dateOf('from', values.from), dateOf('to', values.to)]
  if (from !== undefined && to !== undefined && from > to) {
    throw wrongUse(`--from ${tradeDateText(from)} is after --to ${tradeDateText(to)}`)
  }
  return { from, to, symbols: symbolsOf(values.symbols), ...formatOf(values) }
}

function dateOf(name: string, word: unknown): TradeDate | undefined {
  if (word === undefined) return undefined
  const date = parseTradeDate(String(word))
  if (date !== null) return date
  throw wrongUse(`--${name} takes a date as in 2026-11-23, not ${JSON.stringify(word)}`)
}

/** A symbol has no quote in it, so it can stand between two. */
function symbolsOf(word: unknown): readonly string[] | undefined {
  if (word === undefined) return undefined
  const symbols = parseSymbols(String(word))
  if (typeof symbols === 'string') throw wrongUse(`--symbols ${symbols}`)
  return symbols
}

function formatOf({ format, json }: CommandArguments['values']): Pick<Choice, 'format' | 'json'> {
  const name = FORMATS.find((each) => each === (format ?? (json === true ? 'json' : 'table')))
  if (name === undefined) throw wrongUse(`--format takes ${FORMATS.join(', ')}, not ${JSON.stringify(format)}`)
  if (json === true && name !== 'json') throw wrongUse(`--json and --format ${name} contradict each other`)
  return { format: name, json: name === 'json' }
}

function wrongUse(message: string): PlatformError {
  return new PlatformError('USAGE', message)
}
