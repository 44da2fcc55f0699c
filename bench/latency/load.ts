// The load of the latency bench: quotes at a steady rate, each with a time at which it is meant to be sent, which is
// its event time, too. So whoever reads an alert or a bar knows from that alone when the quote behind it was meant to
// be sent, and a publisher that is behind makes the figures worse, not better.

import type { NewRecord } from '#log/event_log'
import { PRICES_TOPIC } from '#market/topics'
import { systemClock } from '#runtime/clock'
import type { Env } from '#runtime/settings'

/** A load; the first quote is meant for `startAt`. */
export interface LatencyLoad {
  readonly startAt: number
  readonly quotesPerSecond: number
  readonly seconds: number
}

/** Symbols take turns. */
export const LATENCY_SYMBOLS = 500

/** One quote in so many fires an alert, and is followed by one that makes its rule ready again. */
const FIRING_EVERY = 50

export const BAR_INTERVAL_MS = 5_000

/** The stream's settings: a window closes with the first quote behind it, and a rule fires on every jump. */
export const LATENCY_SETTINGS: Env = { BAR_INTERVAL_MS: String(BAR_INTERVAL_MS), WATERMARK_DELAY_MS: '0' }
export const LATENCY_RULES = { rules: [{ name: 'gap', kind: 'gap', percent: 2, rearm: 0.5, cooldownMs: 0 }] }

/** The load of a process's arguments. */
export function latencyLoad(text: string | undefined): LatencyLoad {
  return JSON.parse(text ?? '') as LatencyLoad
}

/** How many quotes there are. */
export function quoteCount({ quotesPerSecond, seconds }: LatencyLoad): number {
  return quotesPerSecond * seconds
}

/** When quote `n` is meant to be sent, as a whole number of milliseconds. */
export function intendedAt({ startAt, quotesPerSecond }: LatencyLoad, n: number): number {
  return startAt + Math.floor((n * 1_000) / quotesPerSecond)
}

/** The number of the first quote that is meant to be sent after `now`. */
export function dueBefore({ startAt, quotesPerSecond }: LatencyLoad, now: number): number {
  return Math.max(0, Math.floor(((now - startAt) * quotesPerSecond) / 1_000) + 1)
}

/** Quote `n`. */
export function latencyRecord(load: LatencyLoad, n: number): NewRecord {
  const key = `S${n % LATENCY_SYMBOLS}`
  const price = firesAlert(n) ? 105 : 100
  const value = `{"symbol":"${key}","price":${price},"timestamp":${intendedAt(load, n)},"previousClose":100,"size":1}`
  return { topic: PRICES_TOPIC, key, value }
}

/** Whether quote `n` fires an alert. */
export function firesAlert(n: number): boolean {
  return (Math.floor(n / LATENCY_SYMBOLS) + (n % LATENCY_SYMBOLS)) % FIRING_EVERY === FIRING_EVERY - 1
}

/** When the quote was meant to be sent that closed the window of a symbol. */
export function closedAt(load: LatencyLoad, bar: { readonly symbol: string; readonly windowEnd: number }): number {
  const turn = Number(bar.symbol.slice(1))
  const perRound = (LATENCY_SYMBOLS * 1_000) / load.quotesPerSecond
  let round = Math.max(0, Math.floor((bar.windowEnd - intendedAt(load, turn)) / perRound) - 1)
  while (intendedAt(load, round * LATENCY_SYMBOLS + turn) < bar.windowEnd) round++
  return intendedAt(load, round * LATENCY_SYMBOLS + turn)
}

/** Latencies in milliseconds. */
export interface LatencyFigures {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** The percentiles of latencies; the list is sorted in place. */
export function figuresOf(latencies: number[]): LatencyFigures {
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  return { count: latencies.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}

/** Quotes of the first seconds are no part of the figures: connections are made, and code is compiled. */
export const WARM_UP_MS = 5_000

/** The time as quotes have it. */
export const now = systemClock.now
