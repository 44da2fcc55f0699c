// Tries out whether a store keeps the promise that commits are built on: of many who create one object, one succeeds.
// A store that ignores the condition answers success to all of them. That must show before the first commit.

import type { ObjectStore, PutOutcome } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'

/** Where the probe's objects lie, below the store's root; readers of tables pass over names that begin so. */
const PROBE_FOLDER = '_probe'
/** How many race for one object. */
const RACERS = 8

/** What a probe needs from outside. */
export interface ProbeParts {
  /** A new globally unique id (UUID). */
  readonly newId: () => string
  /** Called once an object is there, under this key; what it throws ends the probe. */
  readonly whileThere?: (key: string) => Promise<void>
}

/** Resolves when the store keeps the condition; throws STORE_NO_CONDITIONAL_PUT when it does not, and STORE_ errors. */
export async function probeConditionalPut(store: ObjectStore, { newId, whileThere }: ProbeParts): Promise<void> {
  const key = probeKey(newId())
  const raced = probeKey(newId())
  try {
    await probeTwice(store, key)
    await whileThere?.(key)
    await probeRace(store, raced)
  } finally {
    // A store that forbids deleting may still be written to; what is left is two objects of a few bytes.
    await Promise.allSettled([store.delete(key), store.delete(raced)])
  }
}

/** The key of a probe's object. */
export function probeKey(id: string): string {
  return `${PROBE_FOLDER}/${id}`
}

async function probeTwice(store: ObjectStore, key: string): Promise<void> {
  const first = await store.putIfAbsent(key, bytesOf(1))
  const second = await store.putIfAbsent(key, bytesOf(2))
  if (first !== 'created' || second !== 'exists') throw broken(store, `two creates of one object: ${first}, ${second}`)
  await expectBytes(store, key, 1)
}

async function probeRace(store: ObjectStore, key: string): Promise<void> {
  const racers = Array.from({ length: RACERS }, (_, racer) => racer)
  const answers = await Promise.allSettled(racers.map((racer) => store.putIfAbsent(key, bytesOf(racer))))
  const winners = racers.filter((racer) => outcomeOf(answers[racer]) === 'created')
  const winner = winners[0]
  if (winners.length > 1) throw broken(store, `${RACERS} creates of one object at once: ${winners.length} created`)
  if (winner !== undefined) return expectBytes(store, key, winner)
  // Nobody won. With a failure among the answers that says nothing about the condition; without one it does.
  const failure = answers.find((answer) => answer.status === 'rejected')
  if (failure !== undefined) throw failure.reason
  throw broken(store, `${RACERS} creates of one object at once: none created`)
}

async function expectBytes(store: ObjectStore, key: string, writer: number): Promise<void> {
  const bytes = await store.get(key)
  if (bytes?.byteLength === 1 && bytes[0] === writer) return
  throw broken(store, bytes === undefined ? 'a created object is not there' : 'a created object was overwritten')
}

function outcomeOf(answer: PromiseSettledResult<PutOutcome> | undefined): PutOutcome | undefined {
  return answer?.status === 'fulfilled' ? answer.value : undefined
}

function bytesOf(writer: number): Uint8Array {
  return Uint8Array.of(writer)
}

function broken(store: ObjectStore, saw: string): PlatformError {
  const message =
    `${store.url} does not keep If-None-Match on PUT, so commits would overwrite each other (${saw}); ` +
    'use a store that does, such as AWS S3, MinIO or a local folder'
  return new PlatformError('STORE_NO_CONDITIONAL_PUT', message, { fields: { store: store.url, saw } })
}
