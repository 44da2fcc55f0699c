// A small table for tests of packages/delta: its definition, its files, and a context whose time passes only in sleeps.

import { randomUUID } from 'node:crypto'
import type { CommitContext, TxnAdvance } from '#delta/commit'
import type { TableDefinition } from '#delta/create'
import type { AddFile } from '#delta/log/actions'
import type { StructField } from '#delta/schema/schema'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import { type EpochMs, type Offset, offset } from '#runtime/units'

/** When the tests' time begins. */
export const TEST_START = Date.UTC(2026, 10, 21, 15, 30) as EpochMs

export const quotesTable: TableDefinition = {
  name: 'quotes',
  description: 'quotes for tests',
  schema: { type: 'struct', fields: [column('symbol', 'string'), column('offset', 'long'), column('date', 'date')] },
  partitionColumns: ['date'],
}

export function column(name: string, type: StructField['type'], extra: Partial<StructField> = {}): StructField {
  return { name, type, nullable: true, metadata: {}, ...extra }
}

/** A context with a clock of its own, ids that count, and a seeded random. */
export function testContext(name = 'c', clock: Clock = steppingClock()): CommitContext {
  let [ids, seed] = [0, 1]
  for (const character of name) seed = (seed * 31 + character.charCodeAt(0)) % 2147483647
  return {
    clock,
    newId: () => `${name}-${++ids}`,
    random: () => {
      seed = (seed * 48271) % 2147483647
      return seed / 2147483647
    },
  }
}

/** A clock that a sleep moves on, after others had their turn. */
export function steppingClock(): Clock {
  let now: number = TEST_START
  return {
    now: () => now as EpochMs,
    sleep: async (ms) => {
      await new Promise((resolve) => setImmediate(resolve))
      now += ms
    },
  }
}

/** A file that stands for the rows [from, to) of an application. */
export function rowsFile(appId: string, from: number, to: number, id = 'x'): AddFile {
  return {
    path: `date=2026-11-21/${appId}-${from}-${to}-${id}.parquet`,
    partitionValues: { date: '2026-11-21' },
    size: 1000 + to - from,
    modificationTime: TEST_START,
    dataChange: true,
    stats: JSON.stringify({ numRecords: to - from }),
  }
}

/** A range of an application's rows. */
export interface RowRange {
  readonly appId: string
  readonly from: number
  readonly to: number
}

/** Puts a data object that stands for the rows of the ranges, which are its text, and is theirs together. */
export async function putRange(store: ObjectStore, range: RowRange, ranges: readonly RowRange[] = [range]) {
  const body = new TextEncoder().encode(JSON.stringify(ranges))
  const file = rowsFile(range.appId, range.from, range.to, randomUUID())
  await store.put(file.path, body)
  return { ...file, size: body.length }
}

/** The ranges that a data object stands for; fails when it is not there. */
export async function rangesIn(store: ObjectStore, path: string): Promise<RowRange[]> {
  const body = await store.get(path)
  if (body === undefined) throw new Error(`${path} is not in the store`)
  return JSON.parse(new TextDecoder().decode(body)) as RowRange[]
}

export function advanceOf(appId: string, from: number | null, to: number): TxnAdvance {
  return { appId, from: from === null ? null : (from as Offset), to: offset(to) }
}

/** The ranges that an application's files cover, in order and merged: [[0, n]] when nothing is lost or double. */
export function coveredRanges(paths: Iterable<string>, appId: string): [from: number, to: number][] {
  const ranges: [number, number][] = []
  for (const path of paths) {
    const match = new RegExp(`/${appId}-(\\d+)-(\\d+)-`).exec(path)
    if (match !== null) ranges.push([Number(match[1]), Number(match[2])])
  }
  ranges.sort((a, b) => a[0] - b[0])
  return ranges.reduce<[number, number][]>((merged, [from, to]) => {
    const last = merged.at(-1)
    if (last !== undefined && last[1] === from) last[1] = to
    else merged.push([from, to])
    return merged
  }, [])
}

/** The text of an entry, for logs written by hand. */
export function entry(...actions: object[]): Uint8Array {
  return new TextEncoder().encode(actions.map((action) => JSON.stringify(action)).join('\n'))
}
