// The streamer: lines of so many symbols each, opened one after the other and looked after all the time. Whatever ends
// a line is said once, and once more when all of them are well again.

import type { Clock } from '#runtime/clock'
import { counted } from '#runtime/counted'
import type { Logger } from '#runtime/logger'
import { STREAM_STEP_MS, STREAM_SYMBOLS_PER_CONNECTION } from '#services/producer/limits'
import type { FollowedSymbol, FollowedSymbols } from '#services/producer/sources/yahoo/followed_symbols'
import { LOSSES, type Loss } from '#services/producer/sources/yahoo/streamer/connection'
import { FRAME_REFUSALS, type Tick } from '#services/producer/sources/yahoo/streamer/frame'
import {
  LINE_STATES,
  type LineState,
  type StreamCounts,
  StreamLine,
} from '#services/producer/sources/yahoo/streamer/stream_line'
import type { StreamSockets } from '#services/producer/sources/yahoo/streamer/stream_socket'

/** What the streamer needs. */
export interface StreamerOptions {
  readonly symbols: FollowedSymbols
  readonly sockets: StreamSockets
  /** When set, the streamer is reached at BASE/streamer.finance.yahoo.com. */
  readonly baseUrl?: string | undefined
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  /** Takes a tick of one of the symbols. On the hot path. */
  readonly onTick: (tick: Tick, followed: FollowedSymbol) => void
}

/** The streamer of all symbols. */
export interface Streamer {
  /** Keeps the lines until the signal aborts, then leaves them. To be called once. */
  run(signal: AbortSignal): Promise<void>
  /** Whether the symbol's line is open. */
  isConnected(followed: FollowedSymbol): boolean
  readonly counts: StreamCounts
  states(): Readonly<Record<LineState, number>>
}

/** A streamer that is not connected yet. */
export function openStreamer(options: StreamerOptions): Streamer {
  const { clock, symbols, logger } = options
  const counts = noCounts()
  const lines = linesOf([...symbols.values()], (own) => {
    return new StreamLine(own, { ...options, url: streamerUrl(options.baseUrl), counts })
  })
  const lineOf = new Map(lines.flatMap((line) => line.symbols.map((followed) => [followed, line] as const)))
  const report = openReport(lines, counts, logger)
  return {
    counts,
    async run(signal) {
      while (!signal.aborted) {
        let mayConnect = true
        for (const line of lines) if (line.lookAfter(mayConnect)) mayConnect = false
        report()
        await clock.sleep(STREAM_STEP_MS, signal)
      }
      for (const line of lines) line.leave()
      options.sockets.end()
    },
    isConnected: (followed) => lineOf.get(followed)?.isOpen === true,
    states: () => countsOf(LINE_STATES, (state) => lines.filter((line) => line.state === state).length),
  }
}

/** Where the streamer is: Yahoo's own, or BASE/original-host/path by ws or wss, as BASE is http or https. */
export function streamerUrl(baseUrl: string | undefined): string {
  if (baseUrl === undefined) return `wss://${HOST}/${VERSION}`
  const { protocol, host, pathname } = new URL(baseUrl)
  return `${protocol.replace('http', 'ws')}//${host}${pathname.replace(/\/+$/, '')}/${HOST}/${VERSION}`
}

const HOST = 'streamer.finance.yahoo.com'
/** Puts the messages into JSON. */
const VERSION = '?version=2'

function linesOf(symbols: readonly FollowedSymbol[], open: (own: readonly FollowedSymbol[]) => StreamLine) {
  const lines: StreamLine[] = []
  for (let from = 0; from < symbols.length; from += STREAM_SYMBOLS_PER_CONNECTION) {
    lines.push(open(symbols.slice(from, from + STREAM_SYMBOLS_PER_CONNECTION)))
  }
  return lines
}

function noCounts(): StreamCounts {
  return {
    frames: { tick: 0, heartbeat: 0, other: 0, refused: 0 },
    refused: countsOf([...FRAME_REFUSALS, 'not_asked_for'], () => 0),
    losses: countsOf(LOSSES, () => 0),
  }
}

function countsOf<Name extends string>(names: readonly Name[], count: (name: Name) => number): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, count(name)])) as Record<Name, number>
}

const LOSS_WORDS: Readonly<Record<Loss, string>> = {
  unreached: 'could not be reached',
  timeout: 'did not open in time',
  closed: 'ended',
  silent: 'fell silent in open hours',
  garbage: 'brought nothing readable',
}

/** Says what has changed since it was last asked. Lines that fail again and again are said once, until all are well. */
function openReport(lines: readonly StreamLine[], counts: StreamCounts, logger: Logger): () => void {
  let said = { ...counts.losses }
  let isTroubled = false
  const warnedReasons = new Set<string>()
  const sayLosses = () => {
    const news = LOSSES.filter((loss) => counts.losses[loss] > said[loss])
    if (news.length === 0) return
    const words = news.map((loss) => `${counts.losses[loss] - said[loss]} ${LOSS_WORDS[loss]}`).join(', ')
    const line = `Yahoo's streamer, of ${counted(lines.length, 'connection')}: ${words}; connecting again`
    if (isTroubled) logger.debug(line)
    else logger.warn(line)
    isTroubled = true
    said = { ...counts.losses }
  }
  const sayRefusals = () => {
    for (const [reason, count] of Object.entries(counts.refused)) {
      if (count === 0 || warnedReasons.has(reason)) continue
      warnedReasons.add(reason)
      logger.warn({ reason }, `a frame of Yahoo's streamer is left out (${reason}); more of its kind are only counted`)
    }
  }
  return () => {
    sayLosses()
    sayRefusals()
    if (!isTroubled || !lines.every((line) => line.isOpen && line.failures === 0)) return
    isTroubled = false
    logger.info("Yahoo's streamer has been well for a minute")
  }
}
