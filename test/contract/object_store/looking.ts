// How the contract's tests make a store, look into it, and reckon up a race.

import { expect } from 'vitest'
import type { ObjectInfo, ObjectStore, PutOutcome } from '#object-store/object_store'

/** Makes an empty store of the kind under test. */
export type MakeStore = () => Promise<ObjectStore>

/** Text as bytes. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** The text of an object, or undefined when there is none. */
export async function textOf(store: ObjectStore, key: string): Promise<string | undefined> {
  const bytes = await store.get(key)
  return bytes && new TextDecoder().decode(bytes)
}

/** The keys of a listing. */
export async function keysOf(store: ObjectStore, prefix: string, startAfter?: string): Promise<string[]> {
  return (await infosOf(store, prefix, startAfter)).map((info) => info.key)
}

/** What a listing names. */
export async function infosOf(store: ObjectStore, prefix: string, startAfter?: string): Promise<ObjectInfo[]> {
  const infos: ObjectInfo[] = []
  for await (const info of store.list(prefix, startAfter)) infos.push(info)
  return infos
}

/** One of the racers, who wrote `racer <its number>`, created the object; all others saw it there. */
export function expectOneWinner(outcomes: readonly PutOutcome[], text: string | undefined): void {
  expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1)
  expect(text).toBe(`racer ${outcomes.indexOf('created')}`)
}
