// The view `gaps`: where a bar should be and is none. It goes by bits, one a window: a symbol's bars of a UTC day are
// one bit string, so months of a thousand symbols are read without a join, a sort or a hash table of single bars. Only
// windows that turn out to be missing become rows, of two numbers each: their span, and their kind. That is 0 where
// nobody traded, else it stands for a reason and a state of history. What each word means: docs/gaps.md.

import { barsTableName } from '#lake/tables'
import type { ViewDefinition } from '#lake-sql/view'
import { intervalName } from '#market/interval'
import { DAY_MS, MINUTE_MS } from '#runtime/units'

/** What the view is made for. */
export interface GapsViewOptions {
  readonly barIntervalMs: number
  /** The UTC date, as `2026-11-27`, before which no bar is looked at; undefined: all are. */
  readonly barsFrom?: string | undefined
}

/** The view, over the lake's bars of that interval. Bars shorter than a minute make a minute together. */
export function gapsView({ barIntervalMs, barsFrom }: GapsViewOptions): ViewDefinition {
  const windowMs = Math.max(barIntervalMs, MINUTE_MS)
  const table = barsTableName(barIntervalMs)
  const since = barsFrom === undefined ? '' : `WHERE date >= DATE '${barsFrom}'`
  const grain = intervalName(barIntervalMs)
  return {
    name: 'gaps',
    comment:
      `Where regular hours have no bar in ${table}, minute by minute joined into stretches: what the reason is, and ` +
      'whether history has filled it (docs/gaps.md). What may still come, such as the last five minutes, is left out.',
    query: gapsQuery({ windowMs, grain, bars: `${table} ${since}` }),
  }
}

/** What the query is made for: the length of its windows, that of bars of history, and where live bars are. */
interface GapsQuery {
  readonly windowMs: number
  readonly grain: string
  readonly bars: string
}

function gapsQuery({ windowMs, grain, bars }: GapsQuery): string {
  const perDay = DAY_MS / windowMs
  const number = (instant: string) => `epoch_ms(${instant}) // ${windowMs}`
  const numberUp = (instant: string) => `(epoch_ms(${instant}) + ${windowMs - 1}) // ${windowMs}`
  const windows = `bitstring_agg((${number('window_start')} % ${perDay})::INTEGER, 0, ${perDay - 1}) AS windows`
  const has = (bits: string) => `coalesce(get_bit(${bits}, i::INTEGER) = 1, false)`
  return `WITH
${bitsSql({ windows, grain, bars })},
days AS MATERIALIZED (
  SELECT symbol, trade_date, unnest(arg_max(
    {state: state, covered_from: covered_from, covered_until: covered_until, regular_start: regular_start,
     regular_end: regular_end}, row(fetched_at, source_offset)))
  FROM history_days
  WHERE grain = '${grain}'
  GROUP BY symbol, trade_date
),
hours AS (
  SELECT symbol, trade_date, session, starts, ends, first_bar, expected_from, expected_until, fillable_from
  FROM symbol_calendars JOIN market_sessions USING (calendar)
  WHERE session = 'regular'
  UNION ALL
  SELECT symbol, trade_date, 'regular', regular_start, regular_end, first_bar, expected_from, expected_until,
    fillable_from
  FROM symbol_calendars JOIN days USING (symbol)
  WHERE NOT has_hours AND regular_start < regular_end
),
spans AS MATERIALIZED (
  SELECT
    row_number() OVER () AS span,
    symbol, trade_date, session, fillable_from,
    ${number('first_bar')} AS followed,
    greatest(${number('starts')}, ${number('expected_from')}) AS first,
    least(${numberUp('ends')}, ${number('expected_until')}) AS beyond
  FROM hours
),
parts AS (
  SELECT *, unnest(range(first // ${perDay}, (beyond - 1) // ${perDay} + 1)) AS day
  FROM spans
  WHERE first < beyond
),
known AS (
  SELECT
    parts.*,
    live.windows AS live,
    others.windows AS others,
    fetched.windows AS fetched,
    days.state AS state,
    ${numberUp('covered_from')} AS covered,
    ${number('covered_until')} AS uncovered,
    ${numberUp('fillable_from')} AS fillable
  FROM parts
  LEFT JOIN live USING (symbol, day)
  LEFT JOIN others USING (day)
  LEFT JOIN fetched USING (symbol, day)
  LEFT JOIN days USING (symbol, trade_date)
),
expected AS (
  SELECT
    *,
    unnest(range(greatest(first - day * ${perDay}, 0), least(beyond - day * ${perDay}, ${perDay}))) AS i,
    day * ${perDay} + i AS number
  FROM known
),
missing AS (
  SELECT
    span,
    number,
    CASE
      WHEN NOT ${has('fetched')} AND (state = 'no_session' OR number >= covered AND number < uncovered) THEN 0
      ELSE 1 + ${BACKFILL_STATES.length} * CASE
        WHEN number < followed THEN 0
        WHEN ${has('others')} THEN 1
        ELSE 2
      END + CASE
        WHEN ${has('fetched')} THEN 0
        WHEN state = 'none' OR fillable IS NULL THEN 1
        WHEN number < fillable THEN 2
        ELSE 3
      END
    END AS kind
  FROM expected
  WHERE NOT ${has('live')}
),
numbered AS (
  SELECT *, number - row_number() OVER (PARTITION BY span, kind ORDER BY number) AS stretch
  FROM missing
),
stretches AS (
  SELECT span, kind, min(number) AS first, count(*) AS windows
  FROM numbered
  GROUP BY span, kind, stretch
)
SELECT
  symbol,
  trade_date,
  session,
  to_timestamp(stretches.first * ${windowMs / 1000}) AS starts,
  to_timestamp((stretches.first + windows) * ${windowMs / 1000}) AS ends,
  windows * ${windowMs / MINUTE_MS} AS minutes,
  CASE kind WHEN 0 THEN 'no_trade' ELSE ${listSql(REASONS)}[1 + (kind - 1) // ${BACKFILL_STATES.length}] END AS reason,
  CASE kind WHEN 0 THEN 'not_needed' ELSE ${listSql(BACKFILL_STATES)}[1 + (kind - 1) % ${BACKFILL_STATES.length}] END
    AS backfill
FROM stretches JOIN spans USING (span)`
}

/** Why a window that was traded in has no bar, and what history has of it: in the order in which kinds count them. */
const REASONS = ['not_followed', 'source_silent', 'down']
const BACKFILL_STATES = ['filled', 'unavailable', 'out_of_reach', 'pending']

function listSql(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(', ')}]`
}

/** By symbol and UTC day: the windows that have a bar, those that any symbol has one of, and those of history. */
function bitsSql({ windows, grain, bars }: Omit<GapsQuery, 'windowMs'> & { readonly windows: string }): string {
  const day = "(date - DATE '1970-01-01')::BIGINT AS day"
  return `live AS MATERIALIZED (
  SELECT symbol, ${day}, ${windows} FROM ${bars} GROUP BY symbol, date
),
others AS MATERIALIZED (
  SELECT day, bit_or(windows) AS windows FROM live GROUP BY day
),
fetched AS MATERIALIZED (
  SELECT symbol, ${day}, ${windows} FROM history_bars WHERE grain = '${grain}' GROUP BY symbol, date
)`
}
