// The lags of the stream and the writer: the stream's position is what its group has committed, the writer's is what
// each table's log says.

import type { Snapshot } from '#delta/snapshot'
import type { TableSpec } from '#lake/tables'
import type { ReaderState } from '#services/web/api'
import { type ArrivalSources, type MeasuredLag, measureLag } from '#services/web/flow/lag'
import { type LogFacts, streamPositions, tablePositions } from '#services/web/flow/log_facts'
import type { Waiting } from '#services/web/flow/waiting_records'

/** How far everybody is behind. */
export interface ReaderLags {
  readonly readers: readonly ReaderState[]
  /** By table; null when it is not known. */
  readonly tableLagMs: ReadonlyMap<string, number | null>
  readonly streamLagMs: number | null
  /** What should be looked up. */
  readonly unsure: readonly Waiting[]
}

/** A table that may not be there yet. */
export interface ReadTable {
  readonly spec: TableSpec
  /** `unknown`: the table does not answer. */
  readonly snapshot: Snapshot | undefined | 'unknown'
}

/** The lags; those that need the log are unknown without it. */
export function readerLags(
  log: LogFacts | undefined,
  tables: readonly ReadTable[],
  sources: ArrivalSources,
): ReaderLags {
  const stream = log === undefined ? UNKNOWN : measureLag(streamPositions(log), sources)
  const byTable = tables.map(({ spec, snapshot }) => ({ spec, lag: tableLag(log, { spec, snapshot }, sources) }))
  const lags = byTable.map(({ lag }) => lag)
  return {
    readers: [
      { name: 'stream', lagRecords: stream.lagRecords, lagSeconds: stream.lagSeconds },
      { name: 'writer', lagRecords: sumOf(lags), lagSeconds: longestOf(lags) },
    ],
    tableLagMs: new Map(byTable.map(({ spec, lag }) => [spec.name, inMs(lag)])),
    streamLagMs: inMs(stream),
    unsure: [stream, ...lags].flatMap(({ unsure }) => unsure),
  }
}

const UNKNOWN: MeasuredLag = { lagRecords: null, lagSeconds: null, unsure: [] }

function tableLag(log: LogFacts | undefined, { spec, snapshot }: ReadTable, sources: ArrivalSources): MeasuredLag {
  if (log === undefined || snapshot === 'unknown') return UNKNOWN
  return measureLag(tablePositions(log, spec.topic, snapshot), sources)
}

function sumOf(lags: readonly MeasuredLag[]): number | null {
  return lags.reduce<number | null>((sum, { lagRecords }) => plus(sum, lagRecords), 0)
}

function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b
}

function longestOf(lags: readonly MeasuredLag[]): number | null {
  const seconds = lags.map(({ lagSeconds }) => lagSeconds)
  return seconds.includes(null) ? null : Math.max(0, ...(seconds as number[]))
}

function inMs({ lagSeconds }: MeasuredLag): number | null {
  return lagSeconds === null ? null : lagSeconds * 1000
}
