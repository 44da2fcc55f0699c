// The page's history over a lake on a real S3 store: files are fetched once, and answers are those of a lake on files.

import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { openS3Store } from '#object-store/s3/s3_store'
import { systemClock } from '#runtime/clock'
import { DAY_MS, type EpochMs } from '#runtime/units'
import { Bars } from '#services/web/history/bars/bars'
import { barsQuestion } from '#services/web/history/bars/bars_question'
import { HistoryTables } from '#services/web/history/history_tables'
import { LakeHistory } from '#services/web/history/lake_history'
import type { LiveBars } from '#services/web/live/seam'
import { createSampleLake } from '#support/lake/sql_lake'
import { describeWithS3, uniqueName } from '#support/services/services'
import { temporaryFolder } from '#support/temporary_folder'

const DAY = Date.UTC(2026, 10, 21) as EpochMs
const NOTHING_LIVE: LiveBars = { since: () => ({ bars: [], missing: 0, position: '' }), forming: () => null }
const { signal } = new AbortController()

function historyOf(lake: ObjectStore) {
  const cache = { folder: temporaryFolder(), bytesMax: 2 ** 30, clock: systemClock, newId: randomUUID }
  const tables = new HistoryTables({ lake, barIntervalMs: 60_000, cache, clock: systemClock })
  onTestFinished(() => tables.close())
  const bars = new Bars(tables, NOTHING_LIVE)
  const history = new LakeHistory(tables)
  const query = new URLSearchParams(`symbol=AAPL&from=${DAY - DAY_MS}&to=${DAY + DAY_MS}&grain=5m`)
  return {
    bars: () => bars.answer(barsQuestion(query, { barIntervalMs: 60_000, now: DAY }), signal),
    seeds: () => history.seeds(DAY, signal),
  }
}

describeWithS3('history on S3', (s3) => {
  test('answers as on files, fetching what it needs once', async () => {
    const folder = temporaryFolder()
    await createSampleLake(folder)
    const files = openFilesystemStore({ root: folder })
    const bucket = openS3Store({ url: `s3://${uniqueName('history')}/bronze`, ...s3 })
    await bucket.createBucket()
    for await (const { key } of files.list('')) await bucket.put(key, (await files.get(key)) ?? new Uint8Array())
    const fetched: string[] = []
    const lake: ObjectStore = {
      url: bucket.url,
      put: (key, body) => bucket.put(key, body),
      putIfAbsent: (key, body) => bucket.putIfAbsent(key, body),
      list: (prefix, startAfter) => bucket.list(prefix, startAfter),
      delete: (key) => bucket.delete(key),
      get: (key) => {
        if (key.endsWith('.parquet')) fetched.push(key)
        return bucket.get(key)
      },
    }
    const [here, there] = [historyOf(files), historyOf(lake)]
    const onFiles = await here.bars()
    expect(onFiles.bars).toHaveLength(4)
    expect(await there.bars()).toEqual(onFiles)
    expect(fetched).toHaveLength(3)
    expect(fetched.every((key) => key.startsWith('bars_1m/'))).toBe(true)
    expect(await there.bars()).toEqual(onFiles)
    expect(fetched).toHaveLength(3)
    expect(await there.seeds()).toEqual(await here.seeds())
  })
})
