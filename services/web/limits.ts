// Every limit of the page's server that is not a setting.

import { MINUTE_MS } from '#runtime/units'

/** Characters of WEB_TOKEN: 16 of random hexadecimal digits cannot be guessed over a network. */
export const TOKEN_CHARS_MIN = 16

/** Ports that are tried from WEB_PORT on, when that one is taken. */
export const PORTS_TRIED_MAX = 20

/** Connections at a time. One more closes the one that has been idle for longest. */
export const CONNECTIONS_MAX = 512

/** Requests of a connection at a time. Browsers send one after the other; whoever sends more takes others' turns. */
export const REQUESTS_IN_FLIGHT_MAX = 16

/** Bytes of a request's headers, whatever Node's own limit is. */
export const HEADER_BYTES_MAX = 16 * 1024

/** What a client may take to send a request's headers. */
export const HEADERS_TIMEOUT_MS = 5_000

/** What a client may take to send a whole request. */
export const REQUEST_TIMEOUT_MS = 15_000

/** A connection without a request is closed after this. */
export const KEEP_ALIVE_MS = 5_000

/** How often the server looks for clients that are too slow. */
export const CONNECTIONS_CHECK_MS = 1_000

/** A connection on which nothing moves for this long is closed, unless the server is still at work on its answer. */
export const STALLED_CONNECTION_MS = 30_000

/** Bytes of a request's body. */
export const BODY_BYTES_MAX = 256 * 1024

/** What requests in flight may still take once the server is asked to end. */
export const CLOSE_GRACE_MS = 1_000

/** What making JavaScript of the page may take. */
export const STRIP_TYPES_TIMEOUT_MS = 20_000

/** What a wrong token costs whoever tries it. */
export const LOGIN_FAILURE_DELAY_MS = 500

/** How long a browser stays logged in. */
export const LOGIN_SECONDS = 30 * 24 * 3600

/** Queries of the page that run at a time: each has a process, with the limits of the command line. */
export const QUERIES_RUNNING_MAX = 2

/** Queries that wait for these. */
export const QUERIES_WAITING_MAX = 16

/** Downloads at a time, apart from the others: a slow client holds its query for long. */
export const DOWNLOADS_RUNNING_MAX = 1

/** Downloads that wait for it. */
export const DOWNLOADS_WAITING_MAX = 8

/** What a download may take, however slowly the client reads. */
export const DOWNLOAD_TIMEOUT_MS = 10 * MINUTE_MS

/** Bytes of a download that is made whole before it is sent. */
export const DOWNLOAD_BYTES_MAX = 1024 * 1024 * 1024

/** How often its size is looked at. */
export const DOWNLOAD_SIZE_CHECK_MS = 500

/** Rows of a query in one answer; a download has all. */
export const SQL_ANSWER_ROWS_MAX = 1_000

/** Characters of these rows, and so of each: a row is held here several times over. */
export const SQL_ANSWER_CHARS_MAX = 4 * 1024 * 1024

/** Characters of a row of a download. */
export const DOWNLOAD_ROW_CHARS_MAX = 16 * 1024 * 1024
