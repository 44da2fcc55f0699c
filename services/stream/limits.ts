// Every bound of the stream service, with what happens when it is reached. Below it, none changes a result.

/** Progress without outputs is committed this often, so that a quiet stream makes no transaction per batch. */
export const OFFSET_COMMIT_INTERVAL_MS = 5_000

/** Or after this many records, so that a redo stays short. */
export const OFFSET_COMMIT_RECORDS_MAX = 100_000

/** Forced closings kept in the commit metadata (forced_closings.ts). Beyond: the oldest is forgotten. */
export const FORCED_CLOSINGS_MAX = 64

/** Symbols of one partition. Beyond: the one that was silent for longest is closed and forgotten. */
export const SYMBOLS_MAX = 1_000_000

/** Windows of a symbol that lateness and delay can hold at once. Settings that need more are refused. */
export const WINDOWS_PER_SYMBOL_MAX = 1_000

/** Quote ids remembered for a symbol. Beyond: further ids are not remembered, their repetitions count as quotes. */
export const SEEN_IDS_MAX = 100_000

/** UTF-16 characters of an id. Longer ids are not remembered. */
export const ID_CHARS_MAX = 256

/**
 * Totals of one window that are kept. Beyond: those within rises are left out, so the window has no vwap. Its volume
 * stays right, but is unknown if half as many totals fall.
 */
export const DAY_VOLUME_QUOTES_MAX = 4_096

/** Prices remembered for a symbol's `move` rules. Beyond: remembered at half the time resolution (price_history.ts). */
export const PRICES_MAX = 65_536

/** Rules in a rules file. More are refused at start. */
export const ALERT_RULES_MAX = 64

/** The highest level of an alert: the most that its column holds. A move beyond it fires at this level. */
export const ALERT_LEVEL_MAX = 2 ** 31 - 1

/** Alerts the console shows of one batch. Beyond: one line says how many more there are in the topic. */
export const CONSOLE_ALERTS_MAX = 20

/** A partition's state is put aside this often, if anything was committed meanwhile. */
export const STATE_SNAPSHOT_INTERVAL_MS = 10_000

/** Or after this many records, so that a restart reads no more of them again. */
export const STATE_SNAPSHOT_RECORDS_MAX = 1_000_000

/** A state snapshot is followed by a rest of this many times as long as it took: a twentieth of the time at most. */
export const STATE_SNAPSHOT_REST_FACTOR = 19

/**
 * State snapshots of a partition that are kept, besides those that no commit has named yet. The newest may be a
 * damaged one.
 */
export const STATE_SNAPSHOTS_KEPT = 3

/**
 * Numbers and texts of a state that one turn of the event loop puts into its snapshot, one or two milliseconds' work.
 * The last symbol that fits is written whole.
 */
export const STATE_SNAPSHOT_SLICE_ENTRIES = 25_000

/**
 * Records that are taken at once while a snapshot is made: each may change a symbol, which is then copied first. A
 * larger batch waits until the state is copied in slices.
 */
export const STATE_SNAPSHOT_CHANGES_MAX = 1_000

/** A state snapshot, unpacked. Beyond: none is written, and a restart reads its partition from the last one. */
export const STATE_SNAPSHOT_BYTES_MAX = 1024 * 1024 * 1024
