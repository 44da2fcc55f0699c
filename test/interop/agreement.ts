// That engines agree on a table: the same rows in all columns, the same counts and bounds, the same rows left by
// filters that statistics can answer. A file that wrong statistics hide is missing in one of them.

import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { Snapshot } from '#delta/snapshot'
import { aggregates, allRows, countsByHand, type Filter, filterCounts, type Row } from './dialect.ts'
import type { Engine, Engines } from './engines.ts'
import { snapshotAt } from './lake.ts'

/** Every engine's rows are these; returned in the order of their text. */
export async function expectSameRows(engines: Engines, path: string): Promise<readonly Row[]> {
  const { schema } = await snapshotAt(path)
  const ours = sorted(await engines.ours.query(path, allRows(schema, engines.ours.dialect)))
  for (const engine of others(engines)) {
    const theirs = sorted(await engine.query(path, allRows(schema, engine.dialect)))
    expect(difference(ours, theirs), `${engine.name} and we differ in the rows of ${path}`).toEqual([])
    expect(digest(theirs)).toBe(digest(ours))
  }
  return ours.map((text) => JSON.parse(text) as Row)
}

/** Every engine counts, and bounds each column, alike. */
export async function expectSameAggregates(engines: Engines, path: string): Promise<void> {
  const { schema } = await snapshotAt(path)
  const [ours] = await engines.ours.query(path, aggregates(schema, engines.ours.dialect))
  for (const engine of others(engines)) {
    expect((await engine.query(path, aggregates(schema, engine.dialect)))[0], `${engine.name}: ${path}`).toEqual(ours)
  }
}

/** Every engine keeps by the filters what a comparison of all rows keeps. Returns the counts. */
export async function expectSameFiltered(
  engines: Engines,
  path: string,
  { filters, rows }: { readonly filters: readonly Filter[]; readonly rows: readonly Row[] },
): Promise<readonly number[]> {
  const { schema } = await snapshotAt(path)
  const byHand = countsByHand(schema, filters, rows)
  for (const engine of engines.all) {
    const counted = await engine.query(path, filterCounts(schema, filters, engine.dialect))
    const named = filters.map((filter, index) => ({ ...filter, rows: Number(counted[index]?.[1]) }))
    expect(named, engine.name).toEqual(filters.map((filter, index) => ({ ...filter, rows: byHand[index] })))
  }
  return byHand
}

/** Filters on the very bounds that the log gives for some of the files, where a bound that is off by one loses rows. */
export function boundaryFilters(snapshot: Snapshot, column: string, filesMax: number): Filter[] {
  const files = [...snapshot.files.values()]
  const step = Math.max(1, Math.floor(files.length / filesMax))
  const bounds = files
    .filter((_, index) => index % step === 0)
    .flatMap(({ stats }) => {
      const { minValues, maxValues } = JSON.parse(stats ?? '{}') as Record<string, Record<string, unknown> | undefined>
      return [minValues?.[column], maxValues?.[column]].flatMap((bound) => (bound === undefined ? [] : [String(bound)]))
    })
  const values = [...new Set(bounds)]
  return values.flatMap((value) => (['=', '>=', '<='] as const).map((comparison) => ({ column, comparison, value })))
}

function others({ ours, all }: Engines): readonly Engine[] {
  return all.filter((engine) => engine !== ours)
}

function sorted(rows: readonly Row[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort()
}

function digest(rows: readonly string[]): string {
  return createHash('sha256').update(rows.join('\n')).digest('hex')
}

const SHOWN_MAX = 4

/** The first texts that only one side has, as multisets. */
export function difference(ours: readonly string[], theirs: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const row of ours) counts.set(row, (counts.get(row) ?? 0) + 1)
  for (const row of theirs) counts.set(row, (counts.get(row) ?? 0) - 1)
  const uneven = Array.from(counts).filter(([, count]) => count !== 0)
  return uneven.slice(0, SHOWN_MAX).map(([row, count]) => `${count > 0 ? 'only ours' : 'only theirs'}: ${row}`)
}
