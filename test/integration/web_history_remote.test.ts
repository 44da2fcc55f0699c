// The page's history over a lake on a real store elsewhere: files are fetched once, and answers are those of a lake on
// files.

import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import type { Calendar } from '#calendar/calendar'
import { openCalendars } from '#calendar/calendars'
import type { ObjectStore } from '#object-store/object_store'
import { systemClock } from '#runtime/clock'
import { DAY_MS, type EpochMs } from '#runtime/units'
import { Bars } from '#services/web/history/bars/bars'
import { barsQuestion } from '#services/web/history/bars/bars_question'
import { HistoryTables } from '#services/web/history/history_tables'
import { LakeHistory } from '#services/web/history/lake_history'
import type { LiveBars, SeedQuote } from '#services/web/live/seam'
import { sampleLakeOn } from '#support/lake/remote_lake'
import { describeWithAzure, describeWithS3 } from '#support/services/services'
import { type RemoteStore, remoteAzure, remoteS3 } from '#support/stores/remote_store'
import { temporaryFolder } from '#support/temporary_folder'

const DAY = Date.UTC(2026, 10, 21) as EpochMs
const NOTHING_LIVE: LiveBars = {
  since: () => ({ bars: [], missing: 0, position: '' }),
  forming: () => null,
  calendarOf: () => openCalendars({}).named('UTC') as Calendar,
}
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
    seeds: () => seedsOf(history),
  }
}

/** The seeds in one order: which comes first depends on which file was read first. */
async function seedsOf(history: LakeHistory) {
  const seeds = await history.seeds(DAY, signal)
  return { ...seeds, quotes: seeds.quotes.toSorted(bySymbolAndTime), alerts: seeds.alerts.toSorted(bySymbolAndTime) }
}

function bySymbolAndTime(a: SymbolAt, b: SymbolAt): number {
  return a.symbol.localeCompare(b.symbol) || a.eventTime - b.eventTime
}

type SymbolAt = Pick<SeedQuote, 'symbol' | 'eventTime'>

function historyOn(remote: RemoteStore): void {
  test('answers as on files, fetching what it needs once', async () => {
    const { files, remote: lake, fetched } = await sampleLakeOn(remote)
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
}

describeWithS3('history on S3', (s3) => historyOn(remoteS3(s3)))

describeWithAzure('history on Azure', (azure) => historyOn(remoteAzure(azure)))
