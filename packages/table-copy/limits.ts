// The limits of packages/table-copy, each with its reason. docs/copy.md says what rests on them.

import { BYTES_HELD_MAX } from '#object-store/object_store'
import type { RetryPolicy } from '#runtime/retry'
import { MINUTE_MS, SECOND_MS } from '#runtime/units'

/** How much one pass does at the same time. The defaults are below; tests take smaller ones. */
export interface CopyLimits {
  /** Files on their way at the same time. */
  readonly filesMax: number
  /** Bytes of files in memory at the same time: a file counts with its size, or with what is held of a large one. */
  readonly bytesMax: number
  /** Bytes that are read of a large file by one request. */
  readonly partBytes: number
  /** A checkpoint of no more bytes is read at once; a larger one is read in parts. */
  readonly wholeBytesMax: number
  /** Log entries that are read ahead of the one to be put next. */
  readonly entriesMax: number
  /** Bytes of these entries; an entry that is larger is the only one. */
  readonly entryBytesMax: number
}

/** A part of a large file: long enough that requests cost little, short enough that several fit into memory. */
export const COPY_PART_BYTES = 5 * 1024 * 1024

/** Parts of one large file in memory: those that the store holds, the one it was just given, and the one being read. */
export const COPY_PARTS_HELD = BYTES_HELD_MAX / COPY_PART_BYTES + 2

/** As many as keep a fast store busy; each waits for a round trip at the source and one at the target. */
export const COPY_FILES_MAX = 24

/**
 * What a copy takes besides Node and the SDKs. A file that is larger travels alone, in parts, and takes what
 * COPY_PARTS_HELD of them take.
 */
export const COPY_BYTES_MAX = 12 * 1024 * 1024

/** Enough that thousands of small commits do not wait for each other's files. */
export const COPY_ENTRIES_MAX = 64

/** An entry that names 10,000 files has some megabytes, and several times that while it is read. */
export const COPY_ENTRY_BYTES_MAX = 16 * 1024 * 1024

/** What a pass goes by unless it is told otherwise. */
export const COPY_LIMITS_DEFAULT: CopyLimits = {
  filesMax: COPY_FILES_MAX,
  bytesMax: COPY_BYTES_MAX,
  partBytes: COPY_PART_BYTES,
  wholeBytesMax: COPY_PART_BYTES,
  entriesMax: COPY_ENTRIES_MAX,
  entryBytesMax: COPY_ENTRY_BYTES_MAX,
}

/**
 * Tables that are copied side by side, so that a large one does not hold up the others. Files and log entries of all of
 * them count against the limits above, which stay what they are; each table besides holds what it plans with, such as a
 * checkpoint.
 */
export const COPY_TABLES_MAX = 4

/** Tables of which one command has the leases, or waits for them, at the same time: two requests a table and beat. */
export const COPY_LEASES_MAX = 64

/** How often one request, or one file, is tried: a store that is away for half a minute does not end a copy. */
export const COPY_RETRY_POLICY: RetryPolicy = { attemptsMax: 8, delayMinMs: 100, delayMaxMs: 10_000 }

/** How often one pass begins again at a checkpoint because the source was vacuumed or cleaned under it. */
export const COPY_BEGINNINGS_MAX = 5

/** How often a copier shows at its target that it is at work: two requests each time. */
export const LEASE_BEAT_MS = 10 * SECOND_MS

/** How often a second copier looks whether the first one has shown itself. */
export const LEASE_LOOK_MS = SECOND_MS

/**
 * A lease that stays as it is for so many looks is over. They span four beats, and are counted rather than timed: after
 * a suspended machine wakes up, its copiers get the time for a beat.
 */
export const LEASE_LOOKS_MAX = 40

/** How long a lease that was taken over waits before it counts: of several who took it over, the last one has it. */
export const LEASE_SETTLE_MS = 2 * SECOND_MS

/**
 * How long giving a lease back may take: less than another copier watches it before it takes it over, as it does with
 * one that was not given back.
 */
export const LEASE_RELEASE_MAX_MS = 30 * SECOND_MS

/** The same from when the copier is told to end, or has failed or has lost its lease: it has little time then. */
export const LEASE_RELEASE_STOPPED_MAX_MS = 2 * SECOND_MS

/** How long a table that could not be copied rests at most before it is tried again: nobody has to start it anew. */
export const FOLLOW_REST_MAX_MS = MINUTE_MS

/** Objects of each side that are read at the same time while a copy is verified. */
export const VERIFY_READS_MAX = 16

/** Bytes that are held of each side of an object while it is compared. */
export const VERIFY_PART_BYTES = 1024 * 1024

/** Differences that are listed; all are counted. */
export const VERIFY_DIFFERENCES_MAX = 100

/** Files of older versions that are remembered while the log tells whether they matter. */
export const VERIFY_SUSPECTS_MAX = 100_000
