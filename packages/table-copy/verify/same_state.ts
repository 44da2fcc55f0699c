// Whether two readings of a table say the same: its protocol, metaData, live files and how far its writers got. Left
// out are removed files, which readers of this version do not need, and statistics: a checkpoint may lack them.

import type { Metadata, Protocol, Txn } from '#delta/log/actions'
import type { Snapshot } from '#delta/snapshot'

/** A table at one version, as a snapshot or a checkpoint has it. */
export type TableState = Pick<Snapshot, 'protocol' | 'metadata' | 'files' | 'txns'>

/** What differs, in words; undefined when nothing does. */
export function stateDifference(source: TableState, target: TableState): string | undefined {
  if (protocolText(source.protocol) !== protocolText(target.protocol)) return 'its protocol differs'
  if (metadataText(source.metadata) !== metadataText(target.metadata)) return 'its metaData differs'
  return fileDifference(source, target) ?? txnDifference(source.txns, target.txns)
}

function protocolText({ minReaderVersion, minWriterVersion, readerFeatures, writerFeatures }: Protocol): string {
  const features = [readerFeatures, writerFeatures].map((names) => (names ?? []).toSorted())
  return JSON.stringify([minReaderVersion, minWriterVersion, features])
}

function metadataText({ id, schemaString, partitionColumns, configuration }: Metadata): string {
  return JSON.stringify([id, schemaString, partitionColumns, sortedEntries(configuration)])
}

function sortedEntries(map: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))
}

function fileDifference({ files: source }: TableState, { files: target }: TableState): string | undefined {
  for (const [identity, file] of source) {
    const other = target.get(identity)
    if (other === undefined) return `it lacks the live file ${identity}`
    if (Number(other.size) !== Number(file.size)) return `it has ${other.size} bytes for ${identity}, not ${file.size}`
    const [ours, theirs] = [file, other].map(({ partitionValues }) => JSON.stringify(sortedEntries(partitionValues)))
    if (ours !== theirs) return `it has other partition values for ${identity}`
  }
  for (const identity of target.keys()) if (!source.has(identity)) return `it has ${identity}, which is not live`
  return undefined
}

function txnDifference(source: ReadonlyMap<string, Txn>, target: ReadonlyMap<string, Txn>): string | undefined {
  for (const appId of new Set([...source.keys(), ...target.keys()])) {
    const [ours, theirs] = [source.get(appId)?.version, target.get(appId)?.version]
    if (String(ours) !== String(theirs))
      return `it has its writer ${appId} at ${theirs ?? 'no offset'}, not ${ours ?? 'at all'}`
  }
  return undefined
}
