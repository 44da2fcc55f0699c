// In-commit timestamps: the time of a version stands in its commitInfo, later than that of the version before, and so
// outlives a copy of the log. Here is whether a table has them, since when, and what turns them on. Pure.
// Source: PROTOCOL.md, In-Commit Timestamps; docs/delta.md, When a version was committed.

import type { Metadata, Protocol } from '#delta/log/actions'
import { type EpochMs, type TableVersion, tableVersion } from '#runtime/units'

export const IN_COMMIT_TIMESTAMP_FEATURE = 'inCommitTimestamp'

const ENABLED = 'delta.enableInCommitTimestamps'
const SINCE_VERSION = 'delta.inCommitTimestampEnablementVersion'
const SINCE_TIMESTAMP = 'delta.inCommitTimestampEnablementTimestamp'

/** What decides whether a table has them. */
export interface TimestampRules {
  readonly protocol: Protocol
  readonly metadata: Metadata
}

/** Whether every commit of the table must say when it was made: the feature alone is not enough, nor the property. */
export function hasInCommitTimestamps({ protocol, metadata }: TimestampRules): boolean {
  const { minWriterVersion, writerFeatures } = protocol
  if (minWriterVersion !== 7 || !writerFeatures?.includes(IN_COMMIT_TIMESTAMP_FEATURE)) return false
  return metadata.configuration[ENABLED]?.trim().toLowerCase() === 'true'
}

/** The commit that turned them on. */
export interface Enablement {
  readonly version: TableVersion
  /** Its in-commit timestamp. */
  readonly timestamp: EpochMs
}

/** Since when the table has them; undefined where version 0 has them, or the properties cannot be understood. */
export function enablementOf({ configuration }: Metadata): Enablement | undefined {
  const version = Number(configuration[SINCE_VERSION] ?? Number.NaN)
  const timestamp = Number(configuration[SINCE_TIMESTAMP] ?? Number.NaN)
  if (!Number.isSafeInteger(version) || version <= 0 || !Number.isSafeInteger(timestamp)) return undefined
  return { version: version as TableVersion, timestamp: timestamp as EpochMs }
}

/** The first version with an in-commit timestamp; undefined when the newest version has none. */
export function inCommitTimestampsSince(table: TimestampRules): TableVersion | undefined {
  if (!hasInCommitTimestamps(table)) return undefined
  return enablementOf(table.metadata)?.version ?? tableVersion(0)
}

/** The properties of a table that has them; `since` only where earlier versions have none. */
export function inCommitTimestampProperties(since?: Enablement): Readonly<Record<string, string>> {
  if (since === undefined) return { [ENABLED]: 'true' }
  return {
    [ENABLED]: 'true',
    [SINCE_VERSION]: String(since.version),
    [SINCE_TIMESTAMP]: String(since.timestamp),
  }
}

/** The properties for a new table made of one with these: since when the other had timestamps says nothing of it. */
export function withoutEnablement(properties: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { [SINCE_VERSION]: _version, [SINCE_TIMESTAMP]: _timestamp, ...others } = properties
  return others
}
