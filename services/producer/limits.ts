// Every limit of the producer, in one place: nothing in it grows, waits or repeats without a bound.

import { VALUE_BYTES_MAX } from '#market/decoding/decoder'
import type { RetryPolicy } from '#runtime/retry'
import { HOUR_MS, MINUTE_MS } from '#runtime/units'

/** Symbols that one producer follows. */
export const SYMBOLS_MAX = 10_000

/**
 * Records and bytes of one publish. It is one transaction, whose own cost is some tens of milliseconds on Kafka and a
 * sync to disk in the embedded log: smaller ones make a replay slow. The log splits it into what a request may hold.
 */
export const BATCH_RECORDS_MAX = 50_000
export const BATCH_BYTES_MAX = 8 * 1024 * 1024

/** Tries of one publish on top of the log client's own. */
export const PUBLISH_RETRY: RetryPolicy = { attemptsMax: 5, delayMinMs: 500, delayMaxMs: 10_000 }
/** How long a publish may still take after the producer was told to stop. */
export const SHUTDOWN_GRACE_MS = 4_000

/**
 * The simulator wakes up at most this often and sends what has become due. Each time is a transaction, and a batch for
 * every partition and its readers: at thousands of quotes a second they cost more than the quotes.
 */
export const SIMULATOR_TICK_MS = 100
/** Records of one publish of the simulator: what it makes meanwhile holds the process up. */
export const SIMULATOR_BATCH_RECORDS_MAX = 5_000
/** A simulator further behind its schedule than this leaves quotes out, and says so. */
export const SIMULATOR_BEHIND_MAX_MS = MINUTE_MS
/** Quotes that a first start sends at once, so that there are bars from the beginning. */
export const SIMULATOR_BACKLOG_QUOTES_MAX = 10_000

/** One byte more than the decoder takes: a longer line is cut here and so becomes a dead letter, too_large. */
export const LINE_BYTES_MAX = VALUE_BYTES_MAX + 1
/** Bytes read or decompressed at a time. */
export const REPLAY_CHUNK_BYTES = BATCH_BYTES_MAX
/** A larger step between two timestamps, forward or back, is not waited for. */
export const REPLAY_STEP_MAX_MS = 600_000

/** Symbols of one request to Yahoo. */
export const YAHOO_SYMBOLS_PER_REQUEST = 100
/** From request to the answer's last byte. */
export const YAHOO_TIMEOUT_MS = 15_000
export const YAHOO_ANSWER_BYTES_MAX = 8 * 1024 * 1024
/** Yahoo's own servers answer from a cache of about this age: asking more often brings nothing. */
export const YAHOO_POLL_MIN_MS = 5_000
/** How often to look whether a market has opened. */
export const YAHOO_CLOSED_POLL_MS = MINUTE_MS
/** Each wait between polls is longer or shorter by up to this share, so that many producers spread out. */
export const YAHOO_JITTER = 0.1
/** After 429, 5xx and network errors, with full jitter. There is no last attempt: a live source may come back. */
export const YAHOO_BACKOFF: RetryPolicy = { attemptsMax: Infinity, delayMinMs: 30_000, delayMaxMs: 900_000 }
/** A longer Retry-After is cut to this. */
export const YAHOO_RETRY_AFTER_MAX_MS = HOUR_MS
/** Symbols named in one warning; the rest are counted. */
export const SYMBOLS_NAMED_MAX = 20
