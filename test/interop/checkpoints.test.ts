// Tables whose log begins with a checkpoint, whoever wrote it: the entries before it are gone, as after the retention,
// and nobody misses a row, a txn action or a statistic. And tables whose files were merged and vacuumed.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeCheckpoint } from '#delta/checkpoint'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'
import { boundaryFilters, difference, expectSameAggregates, expectSameFiltered, expectSameRows } from './agreement.ts'
import type { Row } from './dialect.ts'
import { describeWithEngines, type Engines } from './engines.ts'
import { foreignRows } from './foreign_rows.ts'
import { drain, forgetEntries, snapshotAt, tablePath } from './lake.ts'
import { recording } from './recording.ts'
import { quotesIn, quoteTexts, rowsFrom } from './stock_rows.ts'

const LINES = 400
const FLUSH_ROWS = 40

/** Who writes the checkpoint of the table in this folder. */
const WRITERS: readonly [name: string, checkpoint: (engines: Engines, path: string) => Promise<void>][] = [
  ['tickerlake', (_, path) => ourCheckpoint(path)],
  ['delta-rs', ({ deltaRs }, path) => deltaRs.checkpoint(path)],
  ['Spark', ({ spark }, path) => spark.checkpoint(path)],
  ['Spark in parts', ({ spark }, path) => spark.checkpointInParts(path)],
]

describeWithEngines('a checkpoint', (engines) => {
  test.each(WRITERS)(
    'by %s stands for the entries before it, found with its hint and without',
    async (_, checkpoint) => {
      const folder = temporaryFolder()
      const path = tablePath(folder, 'stocks')
      const { deltaRs, spark } = engines()
      await drain(folder, recording(0, LINES), FLUSH_ROWS)
      await deltaRs.append(path, foreignRows(deltaRs, 0))
      await spark.append(path, foreignRows(spark, 1))
      const before = await expectSameRows(engines(), path)
      const { version, txns } = await snapshotAt(path)
      await checkpoint(engines(), path)
      forgetEntries(path, version)
      expect(difference(texts(await expectSameRows(engines(), path)), texts(before))).toEqual([])
      const read = await snapshotAt(path)
      expect(read.version).toBe(version)
      expect(read.txns).toEqual(txns)

      await drain(folder, recording(LINES, 2 * LINES), FLUSH_ROWS)
      await spark.append(path, foreignRows(spark, 2))
      rmSync(join(path, '_delta_log', '_last_checkpoint'))
      await expectSameQuotes(engines(), { path, to: 2 * LINES })
    },
  )

  test('of version 2, by Spark, is read, and our writer goes on behind it', async () => {
    const folder = temporaryFolder()
    const path = tablePath(folder, 'stocks')
    const { spark } = engines()
    await drain(folder, recording(0, LINES), FLUSH_ROWS)
    const before = await expectSameRows(engines(), path)
    await spark.useVersion2Checkpoints(path)
    await spark.checkpoint(path)
    const { version, protocol } = await snapshotAt(path)
    expect(protocol.readerFeatures).toEqual(['v2Checkpoint'])
    forgetEntries(path, version)
    expect(difference(texts(await expectSameRows(engines(), path)), texts(before))).toEqual([])
    await drain(folder, recording(LINES, 2 * LINES), FLUSH_ROWS)
    await expectSameQuotes(engines(), { path, to: 2 * LINES })
  })

  test('of a table whose files were merged and vacuumed loses nothing', async () => {
    const folder = temporaryFolder()
    const path = tablePath(folder, 'stocks')
    const { deltaRs, spark } = engines()
    await drain(folder, recording(0, LINES), FLUSH_ROWS)
    await deltaRs.append(path, foreignRows(deltaRs, 0))
    await spark.append(path, foreignRows(spark, 1))
    const before = await expectSameRows(engines(), path)
    const files = (await snapshotAt(path)).files.size
    await tickerlake(folder, 'compact', 'stocks')
    expect((await snapshotAt(path)).files.size).toBeLessThan(files)
    await tickerlake(folder, 'vacuum', 'stocks', '--delete', '--retention', '0', '--force')
    expect(difference(texts(await expectSameRows(engines(), path)), texts(before))).toEqual([])

    await ourCheckpoint(path)
    forgetEntries(path, (await snapshotAt(path)).version)
    await drain(folder, recording(LINES, 2 * LINES), FLUSH_ROWS)
    await expectSameQuotes(engines(), { path, to: 2 * LINES })
  })
})

/** All engines agree on the rows, their aggregates and filters; and ours are the recording's. */
async function expectSameQuotes(engines: Engines, { path, to }: { path: string; to: number }): Promise<void> {
  const rows = await expectSameRows(engines, path)
  const ours = quotesIn(rowsFrom(rows, 'stock-prices'))
  expect(difference(ours, quoteTexts(recording(0, to).quotes))).toEqual([])
  await expectSameAggregates(engines, path)
  const snapshot = await snapshotAt(path)
  const filters = ['event_time', 'symbol', 'id'].flatMap((column) => boundaryFilters(snapshot, column, 3))
  await expectSameFiltered(engines, path, { filters, rows })
}

async function ourCheckpoint(path: string): Promise<void> {
  const snapshot = await snapshotAt(path)
  await writeCheckpoint(openFilesystemStore({ root: path }), snapshot, { clock: systemClock })
}

async function tickerlake(folder: string, ...args: string[]): Promise<void> {
  const command = startTickerlake(args, { DATA_DIR: folder })
  expect(await command.ended, command.stderr.join('\n')).toEqual({ code: 0, signal: null })
}

const texts = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(row))
