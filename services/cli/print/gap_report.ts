// Gaps as `tickerlake gaps` prints them: for programs a row for each symbol and stretch, for people a row for all
// symbols that miss the same stretch. Rows are passed on as they come, and summed up on their way.

import { type FormatName, resultFormat } from '#lake-sql/formats'
import type { WriteText } from '#lake-sql/print_result'
import type { RunningQuery } from '#lake-sql/query'
import type { ResultColumn, ResultRow } from '#lake-sql/result'
import type { ResultFormat } from '#lake-sql/result_format'
import { counted } from '#runtime/counted'
import { type Gap, GapSummary, inWords } from '#services/cli/print/gap_summary'

/** What is asked: a row for all symbols that miss the same stretch, the newest first. */
export function gapsSql(condition: string): string {
  return `SELECT trade_date, session, starts, ends, minutes, reason, backfill, list(symbol ORDER BY symbol) AS symbols
    FROM gaps WHERE ${condition} GROUP BY ALL ORDER BY starts DESC, ends DESC, reason, backfill, symbols`
}

function gapOf(row: ResultRow): Gap {
  const [tradeDate, session, starts, ends, minutes, reason, backfill, symbols] = row as readonly string[]
  const times = { tradeDate, session, starts, ends, minutes: Number(minutes) }
  return { ...times, reason, backfill, symbols: JSON.parse(symbols ?? '[]') } as Gap
}

/** Where and how they are printed. */
export interface GapReportOptions {
  readonly format: FormatName
  /** The name of the length of bars that history would have to have, such as `1m`. */
  readonly grain: string
  /** The terminal's columns; undefined when it is none. */
  readonly width: number | undefined
  readonly write: WriteText
}

/** Prints the rows of a query by `gapsSql`, and tells what they come to. */
export async function printGaps(
  query: RunningQuery,
  { format: name, grain, width, write }: GapReportOptions,
): Promise<GapSummary> {
  const summary = new GapSummary(grain)
  const format = resultFormat(name, { width, footer: false })
  const look = isForPeople(name) ? FOR_PEOPLE : FOR_PROGRAMS
  let count = 0
  for (let event = await query.next(); event.kind !== 'end'; event = await query.next()) {
    if (event.kind !== 'rows') continue
    const gaps = event.rows.map(gapOf)
    for (const gap of gaps) summary.add(gap)
    if (count === 0) await write(format.begin(look.columns))
    const rows = gaps.flatMap(look.rowsOf)
    await write(format.rows(rows.slice(0, Math.max(0, format.rowsMax - count))))
    count += rows.length
  }
  await write(endText(format, { look, count }))
  return summary
}

/** Whether a format is read by people rather than by programs. */
export function isForPeople(format: FormatName): boolean {
  return format === 'table' || format === 'markdown'
}

function endText(format: ResultFormat, { look, count }: { readonly look: Look; readonly count: number }): string {
  const end = () => format.end({ rowCount: count, elapsedMs: 0 })
  if (count === 0) return look === FOR_PEOPLE ? '' : format.begin(look.columns) + end()
  const hidden = count - format.rowsMax
  return end() + (hidden > 0 ? `(${counted(hidden, 'older row')} not shown; --format csv gives all)\n` : '')
}

/** How a gap becomes rows. */
interface Look {
  readonly columns: readonly ResultColumn[]
  readonly rowsOf: (gap: Gap) => readonly ResultRow[]
}

const FOR_PROGRAMS: Look = {
  columns: [
    ...[text('symbol'), text('trade_date'), text('session'), text('starts'), text('ends')],
    ...[number('minutes'), text('reason'), text('backfill')],
  ],
  rowsOf: ({ symbols, tradeDate, session, starts, ends, minutes, reason, backfill }) =>
    symbols.map((symbol) => [symbol, tradeDate, session, starts, ends, String(minutes), reason, backfill]),
}

const FOR_PEOPLE: Look = {
  columns: [
    ...[text('trade date'), text('from (UTC)'), text('to'), number('minutes')],
    ...[text('reason'), text('history'), text('symbols')],
  ],
  rowsOf: ({ symbols, tradeDate, starts, ends, minutes, reason, backfill }) => {
    const [from, to] = [`${dateOf(starts)} ${timeOf(starts)}`, `${dateOf(ends)} ${timeOf(ends)}`]
    const kind = [inWords(reason), inWords(backfill)]
    const until = dateOf(starts) === dateOf(ends) ? timeOf(ends) : to
    return [[tradeDate, from, until, String(minutes), ...kind, symbolsText(symbols)]]
  },
}

function dateOf(instant: string): string {
  return instant.slice(0, 10)
}

/** Minutes are whole, so there are no seconds to show. */
function timeOf(instant: string): string {
  return instant.slice(11, 16)
}

/** Symbols that are named in a row for people. */
const NAMED_MAX = 5

function symbolsText(symbols: readonly string[]): string {
  const rest = symbols.length - NAMED_MAX
  return symbols.slice(0, NAMED_MAX).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

function text(name: string): ResultColumn {
  return { name, type: 'VARCHAR', kind: 'text' }
}

function number(name: string): ResultColumn {
  return { name, type: 'BIGINT', kind: 'number' }
}
