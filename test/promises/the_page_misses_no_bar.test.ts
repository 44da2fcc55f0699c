// The promise: whoever asks for a symbol's bars and then follows the stream has every bar, in its last revision, and
// every alert: whatever the writer commits meanwhile, however often the page's service is restarted, and wherever the
// connection is cut.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { EventLog, NewRecord } from '#log/event_log'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { MINUTE_MS } from '#runtime/units'
import type { AlertRow, BarRow, StreamEvents } from '#services/web/api'
import { EventHub } from '#services/web/events/event_hub'
import { Bars } from '#services/web/history/bars/bars'
import { barsQuestion } from '#services/web/history/bars/bars_question'
import { HistoryTables } from '#services/web/history/history_tables'
import { LakeHistory } from '#services/web/history/lake_history'
import { runWriter } from '#services/writer/writer'
import { defaultDecoder } from '#support/decoder'
import { temporaryFolder } from '#support/temporary_folder'
import { EventReader, eventsIn } from '#support/web/event_reader'
import { alertOf, barAt, NOON } from '#support/web/live_driver'
import { alertRecord, barRecord, NOON_CLOCK, platformLog, startLive } from '#support/web/live_stage'

const ROUNDS = 4
const SYMBOLS = ['A', 'B', 'C']

test('the page misses no bar and no alert, over commits, cuts and restarts', { timeout: 120_000 }, async () => {
  const folder = temporaryFolder()
  const lake = openFilesystemStore({ root: join(folder, 'lake') })
  const log = await platformLog()
  const market = new Market(log)
  startWriter(log, { lake, folder })
  await market.goOn(50)
  let service = await startService(log, { lake, folder })
  const page = new Page('A')
  await page.ask(service)
  for (let round = 0; round < ROUNDS; round++) {
    const reader = new EventReader(service.hub.open({ symbol: page.symbol, after: page.position }))
    const reading = reader.takeAll()
    await market.goOn(30)
    const newest = [...market.newestBars('A').keys()].at(-1)
    const told = () => reader.of('bars').flatMap(({ bars }) => bars.map(({ windowStart }) => windowStart))
    await vi.waitFor(() => expect(told()).toContain(newest), { timeout: 20_000 })
    // Of what was sent the page has got a part only.
    page.hear(reader.text.slice(0, Math.floor((reader.text.length * (round + 1)) / (ROUNDS + 1))))
    await service.stop()
    await reading
    await market.goOn(20)
    service = await startService(log, { lake, folder })
  }
  const reader = new EventReader(service.hub.open({ symbol: page.symbol, after: page.position }))
  void reader.takeAll()
  await market.goOn(10)
  await vi.waitFor(
    () => {
      page.hear(reader.text)
      expect(page.bars).toEqual(market.newestBars('A'))
      expect([...page.alerts].toSorted()).toEqual([...market.alerts].toSorted())
    },
    { timeout: 20_000, interval: 100 },
  )
  expect(page.reloads).toBe(0)
  // Another page that comes now is told the same, from the table and the topic together.
  const late = new Page('A')
  await late.ask(service)
  expect(late.bars).toEqual(market.newestBars('A'))
  const { alerts } = await service.history.alerts(
    { symbol: null, from: NOON, to: NOON_CLOCK.now(), after: null, limit: 1_000 },
    new AbortController().signal,
  )
  for (const alert of service.records.alerts.all()) market.alerts.delete(alert.row.id)
  for (const { id } of alerts) market.alerts.delete(id)
  expect(market.alerts.size).toBe(0)
})

/** Bars that are revised now and then, and alerts, as the stream would put them out. */
class Market {
  readonly #log: EventLog
  readonly #bars = new Map<string, Map<number, BarRow>>()
  readonly alerts = new Set<string>()
  #minute = 0

  constructor(log: EventLog) {
    this.#log = log
  }

  /** Goes on for so many minutes, each of which takes some milliseconds. */
  async goOn(minutes: number): Promise<void> {
    for (let n = 0; n < minutes; n++) {
      this.#minute++
      const records = SYMBOLS.flatMap((symbol, partition) => this.#bar(symbol, this.#minute, partition % 2))
      if (this.#minute % 3 === 0) records.push(...this.#bar('A', this.#minute - 2, 0))
      if (this.#minute % 5 === 0) records.push(this.#alert())
      await this.#log.publish(records)
      await systemClock.sleep(5)
    }
  }

  newestBars(symbol: string): ReadonlyMap<number, BarRow> {
    return this.#bars.get(symbol) ?? new Map()
  }

  #bar(symbol: string, minute: number, partition: number): NewRecord[] {
    const bars = this.#bars.get(symbol) ?? new Map<number, BarRow>()
    this.#bars.set(symbol, bars)
    const { windowStart } = barAt(minute)
    const revision = (bars.get(windowStart)?.revision ?? -1) + 1
    const bar = barAt(minute, { revision, high: 2 + revision })
    bars.set(windowStart, bar)
    const { topic, key, value } = barRecord(symbol, bar)
    const provenance = { closedBy: 'watermark', firstOffset: 0, lastOffset: 1, processingTime: NOON }
    return [{ topic, key, partition, value: JSON.stringify({ ...JSON.parse(String(value)), ...provenance }) }]
  }

  #alert(): NewRecord {
    const alert = alertOf(`alert-${this.#minute}`, { eventTime: NOON_CLOCK.now() })
    this.alerts.add(alert.id)
    const record = alertRecord(alert)
    return { ...record, value: JSON.stringify({ ...JSON.parse(String(record.value)), processingTime: NOON }) }
  }
}

/** What a page keeps of one symbol. */
class Page {
  readonly symbol: string
  readonly bars = new Map<number, BarRow>()
  readonly alerts = new Set<string>()
  position = ''
  reloads = 0

  constructor(symbol: string) {
    this.symbol = symbol
  }

  /** First of all it asks for what there is. */
  async ask({ bars, records }: Service): Promise<void> {
    const query = new URLSearchParams({
      symbol: this.symbol,
      from: `${NOON}`,
      to: `${NOON + 1_000 * MINUTE_MS}`,
      grain: '1m',
    })
    const question = barsQuestion(query, { barIntervalMs: MINUTE_MS, now: NOON_CLOCK.now() })
    const answer = await bars.answer(question, new AbortController().signal)
    for (const bar of answer.bars) this.#take(bar)
    for (const { row } of records.alerts.all()) this.alerts.add(row.id)
    this.position = answer.position
  }

  hear(text: string): void {
    for (const { name, data, lastId } of eventsIn(text)) {
      if (lastId !== '') this.position = lastId
      if (name === 'reload') this.reloads++
      if (name === 'bars') for (const bar of (data as StreamEvents['bars']).bars) this.#take(bar)
      if (name === 'alerts') for (const { id } of (data as { alerts: readonly AlertRow[] }).alerts) this.alerts.add(id)
    }
  }

  #take(bar: BarRow): void {
    if ((this.bars.get(bar.windowStart)?.revision ?? -1) < bar.revision) this.bars.set(bar.windowStart, bar)
  }
}

type Service = Awaited<ReturnType<typeof startService>>

/** The page's service, but for HTTP. */
async function startService(log: EventLog, { lake, folder }: { lake: ObjectStore; folder: string }) {
  const cache = { folder: join(folder, 'cache'), bytesMax: 2 ** 30, clock: systemClock, newId: randomUUID }
  const tables = new HistoryTables({ lake, barIntervalMs: MINUTE_MS, cache, clock: systemClock })
  const history = new LakeHistory(tables)
  const live = startLive(log, { history, newId: randomUUID })
  const { records } = live
  await vi.waitFor(() => expect(records.place).not.toBeNull(), { timeout: 20_000 })
  const hub = new EventHub({ live: records, clock: NOON_CLOCK, logger: silentLogger, build: 'b', sql: false })
  const stop = async () => {
    hub.close()
    await live.stop()
    await tables.close()
  }
  onTestFinished(stop)
  return { records, hub, history, bars: new Bars(tables, records.seam), stop }
}

/** Commits several times a second. */
function startWriter(log: EventLog, { lake, folder }: { lake: ObjectStore; folder: string }): void {
  const abort = new AbortController()
  const config = { flushIntervalMs: 100, flushRows: 100_000, flushBytes: 64 * 1024 * 1024 }
  const facts = { log, store: lake, config, decoder: defaultDecoder, clock: systemClock, random: () => 0.5 }
  const run = runWriter({ ...facts, newId: randomUUID, temporaryFolder: folder, signal: abort.signal })
  onTestFinished(async () => {
    abort.abort()
    await run
  })
}
