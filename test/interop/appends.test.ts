// One table with three writers: what delta-rs and Spark append is read by all as by its writer, and our writer goes on
// behind it. The table stays what it was to any engine.

import { expect, test } from 'vitest'
import { temporaryFolder } from '#support/temporary_folder'
import { boundaryFilters, difference, expectSameAggregates, expectSameFiltered, expectSameRows } from './agreement.ts'
import type { Filter, Row } from './dialect.ts'
import { describeWithEngines } from './engines.ts'
import { foreignRows, sourceOf } from './foreign_rows.ts'
import { drain, snapshotAt, tablePath } from './lake.ts'
import { recording } from './recording.ts'
import { at, quotesIn, quoteTexts, rowsFrom } from './stock_rows.ts'

const PROTOCOL = [1, 2]

describeWithEngines('a table with three writers', (engines) => {
  test('every engine reads what every other appended, and our writer goes on behind it', async () => {
    const folder = temporaryFolder()
    const path = tablePath(folder, 'stocks')
    const { deltaRs, spark } = engines()
    await drain(folder, recording(0, 400), 200)
    for (const [round, engine] of [deltaRs, spark].entries()) {
      const before = await expectSameRows(engines(), path)
      await engine.append(path, foreignRows(engine, round))
      const after = await expectSameRows(engines(), path)
      expect(difference(texts(before), texts(after.filter((row) => !isFrom(row, sourceOf(engine, round)))))).toEqual([])
      expect(after.length).toBeGreaterThan(before.length + 30)
    }
    await drain(folder, recording(400, 800), 200)
    const rows = await expectSameRows(engines(), path)
    const ours = rowsFrom(rows, 'stock-prices')
    expect(difference(quotesIn(ours), quoteTexts(recording(0, 800).quotes))).toEqual([])

    await expectSameAggregates(engines(), path)
    const snapshot = await snapshotAt(path)
    const filters = [
      ...['event_time', 'symbol', 'id'].flatMap((column) => boundaryFilters(snapshot, column, 4)),
      ...newestMoments(rows),
    ]
    await expectSameFiltered(engines(), path, { filters, rows })

    const { minReaderVersion, minWriterVersion } = snapshot.protocol
    expect([minReaderVersion, minWriterVersion]).toEqual(PROTOCOL)
    for (const engine of [deltaRs, spark]) {
      expect(await engine.protocol(path)).toEqual(PROTOCOL)
      const history = await engine.history(path)
      expect(history.map(({ version }) => version)).toEqual(downFrom(snapshot.version))
      expect(new Set(history.map(({ operation }) => operation))).toEqual(
        new Set(['CREATE TABLE', 'WRITE', 'STREAMING UPDATE']),
      )
    }
  })
})

const isFrom = (row: Row, source: string) => at(row, 'source_topic') === source
const texts = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(row))
const downFrom = (version: number) => Array.from({ length: version + 1 }, (_, index) => version - index)

const MOMENTS_MAX = 5

/** The newest moments of each source, to the microsecond: with them ends what statistics of milliseconds may hide. */
function newestMoments(rows: readonly Row[]): Filter[] {
  const newest = new Map<string, bigint>()
  for (const row of rows) {
    const micros = BigInt(at(row, 'event_time') ?? 0)
    const key = `${at(row, 'source_topic')} ${at(row, 'date')}`
    if (micros > (newest.get(key) ?? 0n)) newest.set(key, micros)
  }
  const values = [...newest.values()].map(momentText)
  return values.slice(-MOMENTS_MAX).flatMap((value) => [
    { column: 'event_time', comparison: '=', value },
    { column: 'event_time', comparison: '>=', value },
  ])
}

function momentText(micros: bigint): string {
  const seconds = new Date(Number(micros / 1000n)).toISOString().slice(0, 19)
  return `${seconds}.${String(micros % 1_000_000n).padStart(6, '0')}Z`
}
