// The load: quotes of about 175 bytes as plain producers send them, with ISO timestamps, with ids or without, and one
// value in a thousand cut off on its way. Few symbols: 500, a thousand quotes a second of event time, as the peers'
// figures were measured with. Many: 200,000, each once in ten seconds.

import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { NewRecord } from '#log/event_log'
import { PRICES_TOPIC } from '#market/topics'
import type { Env } from '#runtime/settings'

/** How many symbols a load has, how many quotes it has a second of event time, and whether these have ids. */
export interface QuoteLoad {
  readonly symbols: number
  readonly quotesPerSecond: number
  readonly ids: boolean
}

export const FEW_SYMBOLS: QuoteLoad = { symbols: 500, quotesPerSecond: 1_000, ids: false }
export const MANY_SYMBOLS: QuoteLoad = { symbols: 200_000, quotesPerSecond: 20_000, ids: false }

const START = Date.UTC(2026, 9, 2, 13, 30)

/** Of so many values the last is cut off. */
const BAD_EVERY = 1_000

/** How many of so many values are quotes. */
export function validAmong(values: number): number {
  return values - Math.floor(values / BAD_EVERY)
}

/** The load that a process's environment names. */
export function loadOf(env: Env): QuoteLoad {
  return { ...(env.BENCH_SYMBOLS === 'many' ? MANY_SYMBOLS : FEW_SYMBOLS), ids: env.BENCH_IDS === '1' }
}

/** Value `index`: a quote, or the beginning of one. */
export function valueBytes(load: QuoteLoad, index: number): Buffer {
  return Buffer.from(valueText(load, index))
}

function valueText(load: QuoteLoad, index: number): string {
  const text = quoteText(load, index)
  return index % BAD_EVERY === BAD_EVERY - 1 ? text.slice(0, text.length / 2) : text
}

function quoteText({ symbols, quotesPerSecond, ids }: QuoteLoad, index: number): string {
  const price = (100 + (index % 9_973) / 100).toFixed(2)
  const timestamp = new Date(START + Math.floor((index * 1_000) / quotesPerSecond)).toISOString()
  const required = `"symbol":"S${index % symbols}","price":${price},"timestamp":"${timestamp}"`
  const sizes = `"size":${1 + (index % 90)},"bid":${price},"ask":${price}`
  const texts = '"currency":"USD","exchange":"NMS","source":"bench"'
  return `{${required},${sizes},${texts}${ids ? `,"id":"t-${1_000_000_000 + index}"` : ''}}`
}

/** The records of values [from, to). */
export function valueRecords(load: QuoteLoad, from: number, to: number): NewRecord[] {
  return Array.from({ length: to - from }, (_, i) => ({
    topic: PRICES_TOPIC,
    key: `S${(from + i) % load.symbols}`,
    value: valueBytes(load, from + i),
  }))
}

const LINES_AT_ONCE = 10_000

/** Writes the values as a file to be replayed, a line each. */
export async function writeRecording(load: QuoteLoad, count: number, file: string): Promise<void> {
  const chunks = Array.from({ length: Math.ceil(count / LINES_AT_ONCE) }, (_, i) => i * LINES_AT_ONCE)
  const texts = function* () {
    for (const from of chunks) {
      const lines = Math.min(LINES_AT_ONCE, count - from)
      yield Array.from({ length: lines }, (_, i) => `${valueText(load, from + i)}\n`).join('')
    }
  }
  await pipeline(Readable.from(texts()), createWriteStream(file))
}
