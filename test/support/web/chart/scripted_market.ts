// A market by script behind the page's real files and server: the API over bars and alerts that a test sets, and a
// stream that resumes by position. What a test says happens at once, so it can say what the page must show.
// Invariant: as services/web/api.ts promises, an answer with a position holds all that lies before it.

import { setTimeout as pause } from 'node:timers/promises'
import { silentLogger } from '#runtime/logger'
import { type EpochMs, epochMs } from '#runtime/units'
import type { AlertRow, BarRow, Freshness, StreamEvents, SymbolRow } from '#services/web/api'
import { createApp } from '#services/web/http/app'
import { openAssets } from '#services/web/http/assets'
import { createGuard } from '#services/web/http/guard'
import { jsonRoute, type Question, type Route } from '#services/web/http/route'
import { startServer, type WebServer } from '#services/web/http/server'
import { RequestError } from '#services/web/request_error'
import { answerOf } from '#support/web/chart/bars'
import { flowState } from '#support/web/flow_states'
import { mergeBars } from '../../../../services/web/page/chart/series/bars.ts'

/** An answer of more windows is refused, as by the real server. */
const WINDOWS_MAX = 2_000
const GRAINS = ['1m', '5m', '15m', '1h', '1d']

interface Sent {
  readonly name: keyof StreamEvents
  readonly symbol: string | null
  readonly data: unknown
}

type Viewer = { readonly symbol: string | null; readonly send: (text: string) => void; readonly end: () => void }

export class ScriptedMarket {
  /** The time of the market: what the page takes for now. */
  now: number
  /** What each answer waits. */
  delayMs = 0
  /** Whether longer bars are made of those that are set; else these are as they are to be answered. */
  rollsUp = true
  /** What all symbols' market does. */
  market: Pick<SymbolRow, 'zone' | 'session' | 'opensAt'> = {
    zone: 'America/New_York',
    session: 'regular',
    opensAt: null,
  }
  /** How old the quotes are said to be. */
  freshness: Freshness = 'fresh'
  /** Set: /api/bars fails with this message. */
  failure: string | null = null
  readonly asked: string[] = []
  #answersUnderWay = 0
  readonly #bars = new Map<string, BarRow[]>()
  readonly #forming = new Map<string, BarRow>()
  readonly #alerts: AlertRow[] = []
  readonly #events: Sent[] = []
  #historyVersion: number | null = null
  #forgotten = 0
  #viewers = new Set<Viewer>()
  #server: WebServer | undefined
  #port = 0

  constructor(now: number) {
    this.now = now
  }

  /** Whether a question for bars waits for its answer. */
  get isBusy(): boolean {
    return this.#answersUnderWay > 0
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Listens, at the same port when it has before. */
  async start(): Promise<this> {
    const assets = await openAssets()
    const routes = {
      '/': { get: assets.page },
      '/assets/*': { get: assets.asset },
      '/api/symbols': { get: jsonRoute(() => this.#symbolsAnswer()) },
      '/api/bars': { get: jsonRoute((question) => this.#answerBars(question)) },
      '/api/alerts': { get: jsonRoute((question) => this.#alertsAnswer(question)) },
      '/api/health': { get: jsonRoute(() => flowState(this.now, { freshness: this.freshness })) },
      '/api/tables': { get: jsonRoute(() => ({ tables: [], relations: [], examples: [] })) },
      '/api/stream': { get: this.#stream },
    }
    const guard = createGuard({ hostNames: [], gate: undefined })
    this.#server = await startServer(createApp({ routes, guard, logger: silentLogger }), {
      host: '127.0.0.1',
      port: this.#port,
    })
    this.#port = this.#server.port
    return this
  }

  /** The process is gone; its bars stay. */
  async stop(): Promise<void> {
    for (const viewer of this.#viewers) viewer.end()
    this.#viewers.clear()
    await this.#server?.close()
    this.#server = undefined
  }

  /** Sets what a symbol's bars have been, without telling anyone. */
  set(symbol: string, bars: readonly BarRow[]): void {
    this.#bars.set(symbol, [...bars])
  }

  barsOf(symbol: string): readonly BarRow[] {
    return this.#bars.get(symbol) ?? []
  }

  /** Bars close or are revised. */
  close(symbol: string, ...bars: readonly BarRow[]): void {
    const held = new Map(this.barsOf(symbol).map((bar) => [bar.windowStart, bar]))
    for (const bar of bars) held.set(bar.windowStart, bar)
    this.#bars.set(
      symbol,
      [...held.values()].sort((a, b) => a.windowStart - b.windowStart),
    )
    this.#tell({ name: 'bars', symbol, data: { symbol, bars } })
  }

  /** A bar forms; null: none does. */
  form(symbol: string, bar: BarRow | null): void {
    if (bar === null) this.#forming.delete(symbol)
    else this.#forming.set(symbol, bar)
    this.#push('forming', { symbol, bar }, symbol)
  }

  /** A backfill lands bars of history. */
  land(symbol: string, ...bars: readonly BarRow[]): void {
    this.#bars.set(symbol, mergeBars(this.barsOf(symbol), bars))
    this.#historyVersion = (this.#historyVersion ?? -1) + 1
    const starts = bars.map(({ windowStart }) => windowStart)
    const [from, to] = [Math.min(...starts), Math.max(...starts)].map(epochMs) as [EpochMs, EpochMs]
    const change = { firstSymbol: symbol, lastSymbol: symbol, from, to }
    this.#push('history', { historyVersion: this.#historyVersion, changes: [change] }, null)
  }

  alert(...alerts: readonly AlertRow[]): void {
    this.#alerts.push(...alerts)
    this.#tell({ name: 'alerts', symbol: null, data: { alerts } })
  }

  /** What has been sent so far cannot be sent again. */
  forget(): void {
    this.#forgotten = this.#events.length
  }

  #tell(event: Sent): void {
    this.#events.push(event)
    this.#push(event.name, event.data, event.symbol)
  }

  #push(name: keyof StreamEvents, data: unknown, symbol: string | null): void {
    for (const viewer of this.#viewers) {
      if (symbol === null || symbol === viewer.symbol) viewer.send(this.#frame(name, data))
    }
  }

  #frame(name: keyof StreamEvents, data: unknown): string {
    return `id: ${this.#events.length}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`
  }

  #symbolsAnswer() {
    const rows = [...this.#bars].map(([symbol, bars]) => this.#rowOf(symbol, bars.at(-1)))
    return { now: this.now, position: `${this.#events.length}`, symbols: rows }
  }

  #rowOf(symbol: string, last: BarRow | undefined): SymbolRow {
    return {
      symbol,
      price: last?.close ?? 1,
      eventTime: epochMs(last?.windowEnd ?? this.now),
      previousClose: null,
      currency: 'USD',
      exchange: 'SIM',
      marketState: 'REGULAR',
      source: 'simulator',
      quotesPerMinute: last?.count ?? 0,
      alertsToday: this.#alerts.filter((alert) => alert.symbol === symbol).length,
      spark: this.barsOf(symbol)
        .slice(-60)
        .map((bar) => bar.close),
      ...this.market,
    }
  }

  async #answerBars(question: Question) {
    this.#answersUnderWay++
    try {
      return await this.#barsAnswer(question)
    } finally {
      this.#answersUnderWay--
    }
  }

  async #barsAnswer({ query }: Question) {
    const symbol = query.get('symbol') ?? ''
    const [from, to] = [Number(query.get('from')), Number(query.get('to'))]
    this.asked.push(`${symbol} ${query.get('grain') ?? 'auto'} ${from} ${to}`)
    const grain = query.get('grain') ?? GRAINS.find((one) => (to - from) / lengthMs(one) <= WINDOWS_MAX) ?? '1d'
    if (this.delayMs > 0) await pause(this.delayMs)
    if (!GRAINS.includes(grain))
      throw new RequestError(400, 'WRONG_REQUEST', { message: `there are no bars of ${grain}` })
    if (this.failure !== null) throw new RequestError(503, 'UNAVAILABLE', { message: this.failure })
    if (Math.ceil((to - from) / lengthMs(grain)) > WINDOWS_MAX) {
      throw new RequestError(400, 'TOO_WIDE', { message: 'the range has too many bars' })
    }
    const isRegularOnly = query.get('hours') === 'regular'
    const bars = this.barsOf(symbol).filter(({ session }) => !isRegularOnly || session === 'regular')
    const place = { position: `${this.#events.length}`, historyVersion: this.#historyVersion }
    const answer = answerOf(bars, { grain, from, to })
    const asSet = bars.filter(({ windowStart: at }) => at >= from && at < to)
    return { ...answer, ...(this.rollsUp ? {} : { bars: asSet }), symbol, zone: this.market.zone, ...place }
  }

  #alertsAnswer({ query }: Question) {
    const symbol = query.get('symbol')
    const [from, to] = [Number(query.get('from') ?? 0), Number(query.get('to') ?? Number.MAX_SAFE_INTEGER)]
    const limit = Number(query.get('limit') ?? 100)
    const found = this.#alerts
      .filter(
        (alert) => (symbol === null || alert.symbol === symbol) && alert.eventTime >= from && alert.eventTime < to,
      )
      .sort((a, b) => b.eventTime - a.eventTime)
    return { alerts: found.slice(0, limit), more: found.length > limit }
  }

  readonly #stream: Route = (request) => {
    const words = new URL(request.url).searchParams
    const symbol = words.get('symbol')
    const after = Number(request.headers.get('last-event-id') ?? words.get('after') ?? Number.NaN)
    const encoder = new TextEncoder()
    const market = this
    let viewer: Viewer | undefined
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        viewer = {
          symbol,
          send: (text) => controller.enqueue(encoder.encode(text)),
          end: () => controller.close(),
        }
        market.#greet(viewer, after)
      },
      cancel() {
        if (viewer !== undefined) market.#viewers.delete(viewer)
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } })
  }

  #greet(viewer: Viewer, after: number): void {
    viewer.send(
      this.#frame('hello', { build: 'test', sql: false, now: this.now, historyVersion: this.#historyVersion }),
    )
    if (after < this.#forgotten) viewer.send(this.#frame('reload', { reason: 'the position is too old' }))
    else if (after <= this.#events.length) {
      for (const { name, symbol, data } of this.#events.slice(after)) {
        if (symbol === null || symbol === viewer.symbol) viewer.send(this.#frame(name, data))
      }
    }
    const forming = viewer.symbol === null ? undefined : this.#forming.get(viewer.symbol)
    if (forming !== undefined) viewer.send(this.#frame('forming', { symbol: viewer.symbol, bar: forming }))
    this.#viewers.add(viewer)
  }
}

function lengthMs(grain: string): number {
  const [, count, unit] = /^(\d+)([mhd])$/.exec(grain) ?? []
  return Number(count) * ({ m: 60_000, h: 3_600_000, d: 86_400_000 }[unit ?? ''] ?? Number.NaN)
}
