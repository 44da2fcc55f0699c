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
/** Turns of one batch, most of which may pass without a quote while exchanges are closed. */
export const SIMULATOR_BATCH_TURNS_MAX = 100_000
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

/** Symbols of one connection to the streamer: with very many, updates were seen to be lost. */
export const STREAM_SYMBOLS_PER_CONNECTION = 100
/** How often the streamer's connections are looked after. At most one is opened each time. */
export const STREAM_STEP_MS = 250
export const STREAM_CONNECT_TIMEOUT_MS = 10_000
/** Yahoo stops sending some minutes after a subscription, so all of it is sent again. */
export const STREAM_SUBSCRIBE_EVERY_MS = 15_000
/** In open hours a connection without a readable frame for so long is opened anew. */
export const STREAM_SILENT_MAX_MS = 45_000
/** A connection that brings nothing but such frames is opened anew. */
export const STREAM_REFUSED_IN_A_ROW_MAX = 50
/** A connection is tried again after these waits; they begin anew once it has stayed for STREAM_HEALTHY_AFTER_MS. */
export const STREAM_BACKOFF: RetryPolicy = { attemptsMax: Infinity, delayMinMs: 1_000, delayMaxMs: MINUTE_MS }
export const STREAM_HEALTHY_AFTER_MS = MINUTE_MS
/** How long a server may take to answer our Close; then the connection is cut. */
export const STREAM_CLOSE_GRACE_MS = 1_000
/** A symbol's last ticks: one of them that comes again is known. */
export const TICKS_REMEMBERED = 16
/** A tick further ahead of the clock does not count as the newest. */
export const TICK_TIME_AHEAD_MAX_MS = MINUTE_MS

/** Quotes that wait for the log. Beyond that only the newest of each symbol are kept, and the others counted. */
export const QUOTES_WAITING_MAX = 20_000
/** Quotes are sent at once after a rest, and at most this often: each time is a transaction. */
export const LIVE_BATCH_EVERY_MS = 100
/** Records of one publish of live quotes: what is encoded meanwhile holds the process up. */
export const LIVE_BATCH_RECORDS_MAX = 5_000

/** A symbol whose market is open, and of which the streamer says nothing for so long, is polled. */
export const SILENT_SYMBOL_AFTER_MS = 15_000
/** How often every symbol is polled for what ticks do not carry: currency, previous close, delay. */
export const REFERENCE_EVERY_MS = 5 * MINUTE_MS
/** How often to look which symbols are to be polled. */
export const POLL_STEP_MS = 1_000

/** Symbols named in one warning; the rest are counted. */
export const SYMBOLS_NAMED_MAX = 20
