// A state snapshot: the state of one partition at one committed offset, and what it must be checked against before it
// is used again. As bytes: a line of JSON that describes it, the state's texts as another, and its numbers.
// Invariant: a snapshot that was cut, altered, or made for something else is refused, never half used.

import { messageOf } from '#runtime/errors'
import type { TopologySettings } from '#services/stream/config'
import { ImageReader, type StateImage } from '#services/stream/snapshot/image_lists'
import { IMAGE_VERSION, stateOf } from '#services/stream/snapshot/state_image'
import type { PartitionState } from '#services/stream/state/partition_state'

/** What a state snapshot is of. */
export interface StateSnapshotIdentity {
  readonly topic: string
  /** Another when the topic was deleted and created again: its offsets then mean other records. */
  readonly topicId: string
  readonly partition: number
  /** The state is what the records before this offset come to. */
  readonly offset: number
  readonly settings: TopologySettings
}

/** How long the lists of an image are. */
export interface ImageCounts {
  readonly numbers: number
  readonly texts: number
}

/** The first line of a snapshot's bytes. */
export function descriptionLine(identity: StateSnapshotIdentity, { numbers, texts }: ImageCounts): string {
  return `${JSON.stringify({ ...descriptionOf(identity), numbers, texts })}\n`
}

/** The snapshot as bytes. */
export function encodeStateSnapshot(identity: StateSnapshotIdentity, image: StateImage): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = image.numbers
  const description = descriptionLine(identity, { numbers: image.numbers.length, texts: image.texts.length })
  const lines = Buffer.from(`${description}${JSON.stringify(image.texts)}\n`)
  const bytes = new Uint8Array(lines.length + byteLength)
  bytes.set(lines)
  bytes.set(new Uint8Array(buffer, byteOffset, byteLength), lines.length)
  return bytes
}

/** The state of a snapshot, or why it is of no use. */
export type DecodedStateSnapshot =
  | { readonly kind: 'state'; readonly state: PartitionState }
  | { readonly kind: 'unusable'; readonly reason: string }

/** Takes the snapshot of `identity` out of its bytes. */
export function decodeStateSnapshot(identity: StateSnapshotIdentity, bytes: Uint8Array): DecodedStateSnapshot {
  try {
    const { described, image } = partsOf(bytes)
    const other = Object.entries(descriptionOf(identity)).find(([name, value]) => described[name] !== value)
    if (other !== undefined) return { kind: 'unusable', reason: REASONS[other[0] as keyof typeof REASONS] }
    return { kind: 'state', state: stateOf(new ImageReader(image), identity) }
  } catch (error) {
    return { kind: 'unusable', reason: `it is damaged: ${messageOf(error)}` }
  }
}

/** In the order in which they are compared. */
const REASONS = {
  version: 'it was made by another version of the stream',
  topic: 'it is of another topic',
  topicId: 'it is of a topic of that name which was deleted since',
  partition: 'it is of another partition',
  offset: 'it is of another offset',
  settings: 'it was made with other settings or alert rules',
} as const

function descriptionOf({ topic, topicId, partition, offset, settings }: StateSnapshotIdentity) {
  return { version: IMAGE_VERSION, topic, topicId, partition, offset, settings: settingsText(settings) }
}

/** Equal when all that decides is equal, whatever order the fields were written in. */
function settingsText({ rules, decoder, calendars, ...config }: TopologySettings): string {
  const sorted = (fields: object) => Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([sorted(config), sorted(decoder.settings), rules.map(sorted), calendars.settings])
}

function partsOf(bytes: Uint8Array): { described: Record<string, unknown>; image: StateImage } {
  const [described, textsAt] = lineOf(bytes, 0)
  const [texts, numbersAt] = lineOf(bytes, textsAt)
  if (!isObject(described) || !Array.isArray(texts) || !texts.every((text) => typeof text === 'string')) {
    throw new Error('it does not describe itself')
  }
  // A copy, since doubles must stand at a multiple of eight. (A Buffer's own slice makes none.)
  const rest = new Uint8Array(bytes.subarray(numbersAt))
  const numbers = new Float64Array(rest.buffer, 0, Math.floor(rest.byteLength / Float64Array.BYTES_PER_ELEMENT))
  if (rest.byteLength !== numbers.byteLength) throw new Error('it was cut')
  if (described.numbers !== numbers.length || described.texts !== texts.length) throw new Error('it was cut')
  return { described, image: { numbers, texts } }
}

function lineOf(bytes: Uint8Array, start: number): [unknown, number] {
  const end = bytes.indexOf(LINE_END, start)
  if (end < 0) throw new Error('it was cut')
  return [JSON.parse(new TextDecoder().decode(bytes.subarray(start, end))), end + 1]
}

const LINE_END = 0x0a

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
