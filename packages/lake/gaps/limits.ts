// What counts as a gap, and how far back one looks.

import { MINUTE_MS } from '#runtime/units'

/** The bar of a window that ended this lately may still come: late quotes revise it, and the writer gathers rows. */
export const SETTLED_AFTER_MS = 5 * MINUTE_MS

/** Exchanges delay free quotes by 15 or 20 minutes; what is older when it comes in is an old quote, not a late feed. */
export const FEED_DELAY_MS_MAX = 30 * MINUTE_MS

/** Days before today that market_sessions has, at most; it has as many as the lake's bars go back. */
export const SESSION_DAYS_MAX = 3_660

/** Days after today that it has: what somebody may want to know of the days to come. */
export const SESSION_DAYS_AHEAD = 30

/** A trading day may begin on the UTC date before it, or end on the one after it: so far beyond its dates one looks. */
export const TRADING_DAY_MARGIN_DAYS = 2
