// What the flow's panel calls things: freshness and lag in a word or two, with a tone. Pure.

import type { Freshness, ReaderState } from '../../api.ts'
import { ageText, durationText } from '../format/age.ts'
import { plainlyText } from '../format/foreign.ts'
import { countText, shortCountText } from '../format/number.ts'

/** How a word looks; the word itself says it too. */
export type Tone = 'good' | 'waiting' | 'bad' | 'quiet'

/** A word with its tone. */
export interface Status {
  readonly tone: Tone
  readonly text: string
}

/** What stands where nothing is known. */
export const UNKNOWN = '–'

/** The age of data in a word. */
export function freshnessStatus(freshness: Freshness): Status {
  return FRESHNESS[freshness]
}

const FRESHNESS: Readonly<Record<Freshness, Status>> = {
  fresh: { tone: 'good', text: 'Fresh' },
  delayed: { tone: 'waiting', text: 'Delayed' },
  stale: { tone: 'bad', text: 'Stale' },
  closed: { tone: 'quiet', text: 'Closed' },
  empty: { tone: 'quiet', text: 'Empty' },
  unavailable: { tone: 'bad', text: 'Unavailable' },
}

/** Records that wait no longer are no lag: the writer gathers rows for some seconds. */
const KEEPS_UP_SECONDS_MAX = 15
const BEHIND_SECONDS_MAX = 120

/** Whether a reader keeps up: by how long the oldest record has waited, not by how many wait. */
export function lagStatus({ lagRecords, lagSeconds }: Omit<ReaderState, 'name'>): Status {
  if (lagRecords === null) return { tone: 'bad', text: 'Unavailable' }
  if (lagRecords === 0) return { tone: 'good', text: 'Keeps up' }
  if (lagSeconds === null) return { tone: 'quiet', text: 'Measuring' }
  if (lagSeconds <= KEEPS_UP_SECONDS_MAX) return { tone: 'good', text: 'Keeps up' }
  return lagSeconds <= BEHIND_SECONDS_MAX ? { tone: 'waiting', text: 'Behind' } : { tone: 'bad', text: 'Far behind' }
}

/** `now`, `15s ago`; of null what stands for the unknown. */
export function agoText(time: number | null, now: number): string {
  if (time === null) return UNKNOWN
  const age = ageText(Math.max(0, now - time))
  return age === 'now' ? age : `${age} ago`
}

/** `now`, `15s`: where there is little room. */
export function shortAgoText(time: number | null, now: number): string {
  return time === null ? UNKNOWN : ageText(Math.max(0, now - time))
}

/** `0 s`, `23 s`, `2 min 5 s`. */
export function lagText(seconds: number | null): string {
  return seconds === null ? UNKNOWN : durationText(seconds * 1000)
}

/** `12,345` */
export function amountText(count: number | null): string {
  return count === null ? UNKNOWN : countText(count)
}

/** `12.3k` */
export function shortAmountText(count: number | null): string {
  return count === null ? UNKNOWN : shortCountText(count)
}

/** `0`, `0.4/s`, `52/s` */
export function rateText(perSecond: number | null): string {
  if (perSecond === null) return UNKNOWN
  if (perSecond === 0) return '0/s'
  return perSecond < 10 ? `${Math.max(0.1, perSecond).toFixed(1)}/s` : `${shortCountText(perSecond)}/s`
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const

/** `4.2 MB`: by 1,000. */
export function bytesText(bytes: number | null): string {
  if (bytes === null) return UNKNOWN
  let [size, unit] = [bytes, 0]
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000
    unit++
  }
  return `${unit === 0 || size >= 99.5 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit]}`
}

/** A source as people call it. */
export function sourceText(source: string | null): string {
  if (source === null) return 'No source yet'
  return SOURCES[source] ?? plainlyText(source)
}

const SOURCES: Readonly<Record<string, string>> = {
  simulator: 'Simulated market',
  yahoo: 'Yahoo Finance',
  replay: 'Replay',
}
