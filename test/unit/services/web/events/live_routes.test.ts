// What the live part answers over HTTP: symbols, alerts, and the stream to viewers of which one never reads.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { virtualClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { silentLogger } from '#runtime/logger'
import type { AlertRow, StreamEvents, SymbolsAnswer } from '#services/web/api'
import { EventHub } from '#services/web/events/event_hub'
import { SYMBOLS_SLICE_ROWS, TICK_MS, TOPICS_WAIT_MS } from '#services/web/events/limits'
import { liveRoutes } from '#services/web/events/live_routes'
import { SharedSymbols } from '#services/web/events/shared_symbols'
import { createApp } from '#services/web/http/app'
import { startServer } from '#services/web/http/server'
import type { AlertsQuestion } from '#services/web/live/seam'
import { EventReader, eventsIn } from '#support/web/event_reader'
import { alertOf, barAt, type DriverOptions, LiveDriver, NOON } from '#support/web/live_driver'
import { webClient } from '#support/web/web_client'

const MIB = 1024 * 1024
/** By itself vi.waitFor gives up after a second. */
const PATIENT = { timeout: 20_000, interval: 10 }

async function stage(past: readonly AlertRow[] = [], options: DriverOptions = {}) {
  const driver = new LiveDriver(options)
  const clock = virtualClock(NOON)
  const hub = new EventHub({ live: driver.records, clock, logger: silentLogger, build: 'b', sql: true })
  const questions: AlertsQuestion[] = []
  const history = {
    alerts: async (question: AlertsQuestion) => {
      questions.push(question)
      return { alerts: past, taken: null }
    },
  }
  const routes = liveRoutes({ live: driver.records, hub, history, clock })
  const app = createApp({ routes, guard: (request, next) => Promise.resolve(next(request)), logger: silentLogger })
  const server = await startServer(app, { host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    hub.close()
    await server.close()
  })
  const origin = `http://127.0.0.1:${server.port}`
  const watch = async (query = '', headers: Record<string, string> = {}) => {
    const response = await fetch(`${origin}/api/stream${query}`, { headers })
    return { response, reader: new EventReader(response.body as ReadableStream<Uint8Array>) }
  }
  return { driver, clock, hub, routes, questions, port: server.port, watch, get: webClient(origin).get }
}

describe('GET /api/symbols', () => {
  test('has every symbol, and the position that the stream goes on from', async () => {
    const { driver, get, watch } = await stage()
    driver.quote('AAPL', 100, 0)
    driver.quote('BTC/USD', 50_000, 0)
    const { status, body } = await get('/api/symbols')
    expect(status).toBe(200)
    expect(body.symbols.map(({ symbol, price }) => [symbol, price])).toEqual([
      ['AAPL', 100],
      ['BTC/USD', 50_000],
    ])
    driver.bar('AAPL', barAt(1))
    const { reader } = await watch(`?symbol=AAPL&after=${body.position}`)
    await reader.take()
    expect(reader.of('bars')).toEqual([{ symbol: 'AAPL', bars: [barAt(1)] }])
  })
})

test('whoever asks for the symbols within a tick gets the same answer, and the stream goes on from it', async () => {
  const { driver, clock, get, watch } = await stage()
  driver.quote('AAPL', 100, 0)
  const first = await get('/api/symbols')
  driver.bar('AAPL', barAt(1))
  driver.quote('TSLA', 200, 0)
  const second = await get('/api/symbols')
  expect(second.body).toEqual(first.body)
  const { reader } = await watch(`?symbol=AAPL&after=${second.body.position}`)
  await reader.take()
  expect(reader.of('bars')).toEqual([{ symbol: 'AAPL', bars: [barAt(1)] }])
  await clock.advance(TICK_MS)
  expect((await get('/api/symbols')).body.symbols).toHaveLength(2)
})

describe('thousands of symbols', () => {
  const asked = () => new Request('http://page/api/symbols')
  /** More than three slices, one after the other as they came in. */
  async function many() {
    const { driver, routes, clock, hub } = await stage()
    const symbols = Array.from({ length: 3 * SYMBOLS_SLICE_ROWS + 1 }, (_, n) => `S${n}`)
    for (const symbol of symbols) driver.quote(symbol, 100, 0)
    const ask = async () => (await routes['/api/symbols']?.get?.(asked())) as Response
    return { driver, symbols, clock, hub, ask }
  }

  test('are made ready slice by slice, and others have their turns between', async () => {
    const { symbols, ask } = await many()
    let turns = 0
    let isMade = false
    const answer = ask().finally(() => {
      isMade = true
    })
    for (; !isMade; turns++) await nextTurn()
    expect(turns).toBeGreaterThanOrEqual(3)
    const { symbols: rows } = (await (await answer).json()) as SymbolsAnswer
    expect(rows.map(({ symbol }) => symbol)).toEqual(symbols)
  })

  test('are made ready once for all who ask meanwhile', async () => {
    const { clock, ask } = await many()
    const first = ask()
    void clock.advance(TICK_MS)
    const texts = await Promise.all([first, ask()].map(async (response) => (await response).text()))
    expect(texts[1]).toBe(texts[0])
  })

  test('are made anew after an answer that failed', async () => {
    const { driver, clock, symbols } = await many()
    let faults = 1
    const fault = new Error('no time')
    const now = () => {
      if (faults-- > 0) throw fault
      return clock.now()
    }
    const shared = new SharedSymbols({ live: driver.records, clock: { ...clock, now } })
    await expect(shared.text()).rejects.toThrow(fault)
    await clock.advance(TICK_MS)
    const { symbols: rows } = JSON.parse(Buffer.from(await shared.text()).toString()) as SymbolsAnswer
    expect(rows).toHaveLength(symbols.length)
  })

  test('what changes meanwhile is told by the stream from the answer on', async () => {
    const { driver, clock, hub, symbols, ask } = await many()
    const answer = ask()
    await nextTurn()
    driver.quote('S0', 101, 1_000)
    driver.quote('NEW', 5, 1_000)
    const { position, symbols: rows } = (await (await answer).json()) as SymbolsAnswer
    expect(rows).toHaveLength(symbols.length)
    const reader = new EventReader(hub.open({ symbol: null, after: position }))
    const told = followed(reader)
    await vi.waitFor(async () => {
      await clock.advance(TICK_MS)
      expect([told.get('S0'), told.get('NEW')]).toEqual([101, 5])
    }, PATIENT)
  })
})

describe('GET /api/alerts', () => {
  test('has those of the table and of the topic, each once, the newest first', async () => {
    const at = (ms: number) => ({ eventTime: (NOON + ms) as typeof NOON })
    const { driver, get, questions } = await stage([alertOf('b', at(2)), alertOf('a', at(1))])
    driver.alert(alertOf('b', at(2)))
    driver.alert(alertOf('c', at(3)))
    driver.alert(alertOf('other', { ...at(4), symbol: 'TSLA' }))
    const { body } = await get('/api/alerts', { symbol: 'AAPL' })
    expect(body).toEqual({ alerts: ['c', 'b', 'a'].map((id, n) => alertOf(id, at(3 - n))), more: false })
    expect(questions).toEqual([{ symbol: 'AAPL', from: 0, to: 8_640_000_000_000_000, after: null, limit: 100 }])
    const few = await get('/api/alerts', { limit: 2, from: NOON, to: NOON + 4 })
    expect(few.body).toMatchObject({ alerts: [{ id: 'c' }, { id: 'b' }], more: true })
  })

  test('is not given when some are neither in the table nor here, unless the newest fill it', async () => {
    const { driver, get } = await stage([alertOf('landed', { eventTime: 1 as typeof NOON })], { alertsKeptMax: 2 })
    for (const id of ['lost', 'b', 'c']) driver.alert(alertOf(id))
    const { status, body } = await get('/api/alerts')
    expect([status, body.error?.code]).toEqual([503, 'TABLE_BEHIND'])
    expect(body.error?.message).toContain('the table of alerts is so far behind its topic that 1 record cannot be had')
    expect((await get('/api/alerts', { limit: 2 })).body).toMatchObject({
      alerts: [{ id: 'b' }, { id: 'c' }],
      more: true,
    })
  })

  test('is paged through however many have the same time', async () => {
    const { driver, get } = await stage()
    const given = Array.from({ length: 25 }, (_, n) => alertOf(`id${10 + ((n * 7) % 25)}`))
    for (const alert of [...given, alertOf('older', { eventTime: (NOON - 1) as typeof NOON })]) driver.alert(alert)
    const seen: string[] = []
    for (let page: Record<string, string | number> = {}, more = true; more; ) {
      const { body } = await get('/api/alerts', { ...page, limit: 10 })
      seen.push(...body.alerts.map(({ id }) => id))
      const last = body.alerts.at(-1) as AlertRow
      page = { to: last.eventTime, afterId: last.id }
      more = body.more && seen.length < 100
    }
    expect(seen).toEqual([...given.map(({ id }) => id).sort(), 'older'])
  })

  test('says what is wrong with a question', async () => {
    const { get } = await stage()
    const wrong = [
      { symbol: '<b>' },
      { from: 'yesterday' },
      { to: -1 },
      { limit: 1e6 },
      { limit: 1.5 },
      { from: 5, to: 1 },
      { afterId: 'a' },
    ]
    for (const query of wrong as Record<string, string | number>[]) {
      const { status, body } = await get('/api/alerts', query)
      expect([status, body.error?.code], JSON.stringify(query)).toEqual([400, 'WRONG_REQUEST'])
    }
  })
})

describe('GET /api/stream', () => {
  test('is a stream of events that nobody between may keep or collect', async () => {
    const { watch } = await stage()
    const { response, reader } = await watch()
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    await reader.take()
    expect(reader.events.map(({ name }) => name)).toEqual(['hello'])
  })

  test('goes on from Last-Event-ID rather than from the address', async () => {
    const { driver, watch } = await stage()
    const before = driver.records.position()
    driver.bar('AAPL', barAt(1))
    const after = driver.records.position()
    const { reader } = await watch(`?symbol=AAPL&after=${after}`, { 'last-event-id': before })
    await reader.take()
    expect(reader.of('bars')).toHaveLength(1)
  })

  test('refuses a symbol that is none', async () => {
    const { watch } = await stage()
    expect((await watch('?symbol=%3Cscript%3E')).response.status).toBe(400)
  })

  test('waits for the topics while the service begins, rather than send the page away', async () => {
    const { driver, watch } = await stage([], { hasBegun: false })
    const opening = watch()
    expect(await Promise.race([opening, pause(100, 'waits')])).toBe('waits')
    driver.begin()
    const { response, reader } = await opening
    expect(response.status).toBe(200)
    await reader.take()
    expect(reader.events.map(({ name }) => name)).toEqual(['hello'])
  })

  test('sends the page away when the topics stay unknown', async () => {
    const { clock, watch } = await stage([], { hasBegun: false })
    const opening = watch().then(({ response }) => response.status)
    const later = async () => {
      await clock.advance(TOPICS_WAIT_MS)
      return Promise.race([opening, pause(10, 'waits')])
    }
    await expect.poll(later).toBe(503)
  })

  test('waits for the topics no longer than whoever asks, nor than the service runs', async () => {
    const { hub } = await stage([], { hasBegun: false })
    const gone = new AbortController()
    const left = hub.topicsKnown(gone.signal)
    gone.abort()
    await left
    const ended = hub.topicsKnown(new AbortController().signal)
    hub.close()
    await ended
  })

  test('says at once why the topics are not known', async () => {
    const { driver, watch } = await stage([], { hasBegun: false })
    driver.records.trouble(new PlatformError('LOG_UNREACHABLE', 'the log does not answer'))
    const { response, reader } = await watch()
    await reader.takeAll()
    expect([response.status, JSON.parse(reader.text)]).toMatchObject([503, { error: { code: 'LOG_UNREACHABLE' } }])
  })

  test('forgets a viewer whose connection is cut', async () => {
    const { hub, port } = await stage()
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /api/stream HTTP/1.1\r\nhost: x\r\n\r\n')
    await expect.poll(() => hub.counts.viewers).toBe(1)
    socket.destroy()
    await expect.poll(() => hub.counts.viewers).toBe(0)
  })

  test('one viewer of twenty that never reads holds neither memory nor the others', async () => {
    const { driver, clock, hub, watch, port } = await stage()
    const [symbols, ticks] = [2_000, 150]
    const price = (symbol: number, tick: number) => 100 + symbol + tick / 100
    for (let symbol = 0; symbol < symbols; symbol++) driver.quote(`S${symbol}`, 1, 0)
    const readers = await Promise.all(Array.from({ length: 19 }, async () => (await watch()).reader))
    const lasts = readers.slice(0, 3).map((reader) => followed(reader))
    for (const reader of readers.slice(3)) void drained(reader)
    const held = heldForNext()
    const socket = connect(port, '127.0.0.1')
    socket.pause()
    socket.write('GET /api/stream HTTP/1.1\r\nhost: x\r\n\r\n')
    await expect.poll(() => hub.counts.viewers).toBe(20)
    for (let tick = 1; tick <= ticks; tick++) {
      for (let symbol = 0; symbol < symbols; symbol++) driver.quote(`S${symbol}`, price(symbol, tick), tick)
      await clock.advance(TICK_MS)
      await vi.waitFor(() => expect(lasts.every((last) => last.get('S7') === price(7, tick))).toBe(true), {
        ...PATIENT,
        interval: 1,
      })
      held.measure()
    }
    expect(hub.counts.waits).toBeGreaterThan(0)
    expect(held.max()).toBeLessThan(MIB)
    for (const last of lasts) expect(last.size).toBe(symbols)
    for (const reader of readers) expect(reader.bytes).toBeGreaterThan(ticks * symbols * 20)
    // Now it reads: what the network held, and then one frame of all that has changed since.
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
    })
    socket.resume()
    await vi.waitFor(async () => {
      await clock.advance(TICK_MS)
      await nextTurn()
      expect(text).toContain(`["S7",${price(7, ticks)},`)
    }, PATIENT)
    expect(text.match(/event: quotes/g)?.length ?? 0).toBeLessThan(ticks)
    socket.destroy()
  })
})

/** The most bytes that the answer holds for whoever asks next, and the network has not taken. */
function heldForNext() {
  let response: ServerResponse | undefined
  let max = 0
  const onRequest = (message: unknown) => {
    response ??= (message as { readonly response: ServerResponse }).response
  }
  subscribe(REQUEST_STARTS, onRequest)
  onTestFinished(() => void unsubscribe(REQUEST_STARTS, onRequest))
  return {
    measure() {
      if (response === undefined) throw new Error('nobody has asked')
      max = Math.max(max, response.writableLength)
    },
    max: () => max,
  }
}

/** Node's channel of it. */
const REQUEST_STARTS = 'http.server.request.start'

/** Reads until the connection ends, and keeps nothing. */
async function drained(reader: EventReader): Promise<void> {
  try {
    for (; !reader.ended; reader.text = '') await reader.take()
  } catch {
    // The server was closed.
  }
}

/** The last price of each symbol, as the reader is told. It keeps no text, since there is much. */
function followed(reader: EventReader): Map<string, number> {
  const prices = new Map<string, number>()
  const follow = async () => {
    let rest = ''
    while (!reader.ended) {
      reader.text = ''
      await reader.take()
      rest += reader.text
      const end = rest.lastIndexOf('\n\n') + 2
      if (end < 2) continue
      for (const { name, data } of eventsIn(rest.slice(0, end))) {
        if (name === 'quotes')
          for (const [symbol, price] of (data as StreamEvents['quotes']).rows) prices.set(symbol, price)
        if (name === 'symbols')
          for (const row of (data as StreamEvents['symbols']).rows) prices.set(row.symbol, row.price)
      }
      rest = rest.slice(end)
    }
  }
  follow().catch(() => {})
  return prices
}
