// Which tables can be copied whole: those whose features keep nothing outside the log and the files that we know it to
// name. A feature that we do not know may have files of its own, or commits elsewhere, so it is refused by name before
// anything is written. Source: PROTOCOL.md, Table Features; Appendix, Valid Feature Names in Table Features.

import type { Protocol } from '#delta/log/actions'
import { PlatformError } from '#runtime/errors'

/** What is known of each to be in the log, in data files, deletion vectors, change data files or checkpoints. */
const COPYABLE_FEATURES: ReadonlySet<string> = new Set([
  'allowColumnDefaults',
  'appendOnly',
  'changeDataFeed',
  'checkConstraints',
  'checkpointProtection',
  'clustering',
  'columnMapping',
  'deletionVectors',
  'domainMetadata',
  'generatedColumns',
  'icebergCompatV1',
  'icebergCompatV2',
  'identityColumns',
  'inCommitTimestamp',
  'invariants',
  'rowTracking',
  'timestampNtz',
  'typeWidening',
  'typeWidening-preview',
  'v2Checkpoint',
  'vacuumProtocolCheck',
  'variantType',
  'variantType-preview',
])

const READER_VERSION_MAX = 3
const WRITER_VERSION_MAX = 7

/** Throws TABLE_UNSUPPORTED, naming what of the table at `url` we do not know how to copy. */
export function requireCopyable(url: string, protocol: Protocol): void {
  const unknown = unknownIn(protocol)
  if (unknown === undefined) return
  const fact = `the Delta table at ${url} uses ${unknown}, and tickerlake does not know which files belong to that`
  const message = `${fact}, so it is not copied; drop that from the table, or make a copy with Spark (DEEP CLONE)`
  throw new PlatformError('TABLE_UNSUPPORTED', message, { fields: { table: url } })
}

function unknownIn({ minReaderVersion, minWriterVersion, ...features }: Protocol): string | undefined {
  if (minReaderVersion < 1 || minReaderVersion > READER_VERSION_MAX) return `reader version ${minReaderVersion}`
  if (minWriterVersion < 1 || minWriterVersion > WRITER_VERSION_MAX) return `writer version ${minWriterVersion}`
  const names = [...(features.readerFeatures ?? []), ...(features.writerFeatures ?? [])]
  const unknown = names.find((name) => !COPYABLE_FEATURES.has(name))
  return unknown === undefined ? undefined : `the feature ${unknown}`
}
