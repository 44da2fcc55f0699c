// The limits of the event stream.

import { SECOND_MS } from '#runtime/units'

/** How often a viewer is told what has changed, at most. */
export const TICK_MS = 250

/** Rows of /api/symbols that are made before others get their turn: a few milliseconds. */
export const SYMBOLS_SLICE_ROWS = 250

/** Something is sent at least so often: a page takes a longer silence for a lost connection. */
export const BEAT_MS = 10 * SECOND_MS

/** A page that is opened before the topics are known is held this long at most, and then asked to come back. */
export const TOPICS_WAIT_MS = 10 * SECOND_MS

/** Viewers at a time; one more is told to come back later. */
export const VIEWERS_MAX = 200

/** A viewer that has read nothing for so long is let go; its page comes back and goes on where it was. */
export const VIEWER_STALLED_MS = 60 * SECOND_MS

/** Different frames for all that are made in a tick; viewers that stand elsewhere still get theirs with a later one. */
export const FRAMES_MADE_MAX = 16

/** Alerts that are sent at once; whoever has missed more asks for them. */
export const ALERTS_AT_ONCE_MAX = 1_000

/** Bars that are sent at once; whoever has missed more asks for them. */
export const BARS_AT_ONCE_MAX = 2_000

/** Looks that found bars of history which are kept for slow viewers; whoever has missed more asks for all it shows. */
export const HISTORY_KEPT_MAX = 30

/** Alerts in an answer of /api/alerts, when nothing is said and at most. */
export const ALERTS_ANSWER_DEFAULT = 100
export const ALERTS_ANSWER_MAX = 1_000
