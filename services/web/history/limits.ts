// Every limit of what is asked of the tables.

import { DAY_MS } from '#runtime/units'

/** Windows in the range of one answer: what a chart holds at a time. A longer range has to have a coarser grain. */
export const BARS_MAX = 2_000

/** How far back an answer reaches that is not told its beginning. */
export const RANGE_DEFAULT_MS = DAY_MS

/** Characters of a symbol that is asked for; none of ours is as long. */
export const SYMBOL_CHARS_MAX = 64

/** Finer bars that fill this share of a longer one's time cover it: then they count in its place. */
export const COVERED_SHARE = 0.9

/** How long a market rests between two trading days: less than this, its longest holidays included. */
export const REST_MS_MAX = 14 * DAY_MS

/** Years beyond this one are a mistake. */
export const TIME_MAX_MS = Date.UTC(10_000, 0)

/** Different questions that are answered or wait at a time; one more is told to come back. */
export const QUESTIONS_MAX = 64

/** How long a question may take, waiting included. */
export const ANSWER_MS_MAX = 15_000

/** A table's log is asked for newer versions at most this often, unless an answer needs one. */
export const PIN_AGE_MS_MAX = 1_000

/** How often an answer is tried with a newer version: a file may be vacuumed, and the live bars may have moved on. */
export const PINS_MAX = 3

/** Symbols whose first bar is remembered. */
export const EARLIEST_MAX = 50_000

/** Rows of the newest quotes that the live part begins with; a symbol without one there has its newest bar instead. */
export const SEED_QUOTES_MAX = 1_000_000

/** Dates of bars, from the newest, in which the newest bar of a symbol is looked for. */
export const SEED_DATES_MAX = 2

/** How often somebody looks for bars of history that have come, while there are viewers. */
export const HISTORY_LOOK_MS = 1_000

/** Files with bars of history that viewers are told of one by one; of more they ask for all that they show. */
export const CHANGES_MAX = 200

/** The lines of the day are read again this often at most, while bars of history come. */
export const LINES_AGAIN_MS = 15_000

/** Points of a symbol's line of today. */
export const LINE_POINTS_MAX = 100
