// What the market badge says. It goes by the age of the data and by whether anything is heard at all: it never says
// live over old data. Pure.

import type { Freshness } from '../../api.ts'
import { durationText } from '../format/age.ts'
import type { Connection } from '../page_context.ts'

/** What is known, and when. */
export interface MarketFacts {
  readonly connection: Connection
  /** As the server last said; undefined before it has. */
  readonly freshness: Freshness | undefined
  /** When it said so. */
  readonly saidAt: number
  /** Event time of the newest quote. */
  readonly newestEventTime: number | null
  /** When the chosen symbol's market opens, in words; empty where that is not known. */
  readonly opening: string
  readonly now: number
}

/** A badge: how it looks, its word, and what stands beside it. */
export interface Badge {
  readonly tone: 'good' | 'waiting' | 'bad' | 'quiet'
  readonly label: string
  /** What stands before the age, such as `newest quote`; or when the market opens. A phone leaves it out. */
  readonly words: string
  /** How old the newest quote is; empty when there is none, and while it does not matter. */
  readonly age: string
}

/** Older quotes are not live, whatever was said about them. */
const LIVE_MAX_MS = 60_000

/** What the server said longer ago is no longer so. */
const SAID_MAX_MS = 30_000

/** The badge for what is known now. */
export function badgeOf(facts: MarketFacts): Badge {
  const look = lookOf(facts)
  if (look === LOOKS.closed && facts.opening !== '') return { ...look, words: facts.opening, age: '' }
  return { ...look, ...detailOf(facts) }
}

function lookOf({ connection, freshness, saidAt, newestEventTime, now }: MarketFacts): Pick<Badge, 'tone' | 'label'> {
  if (connection === 'lost') return { tone: 'bad', label: 'Connection lost' }
  if (connection === 'connecting' || freshness === undefined) return { tone: 'waiting', label: 'Connecting' }
  if (freshness === 'unavailable' || now - saidAt > SAID_MAX_MS) return { tone: 'bad', label: 'Unavailable' }
  const isOld = newestEventTime === null || now - newestEventTime > LIVE_MAX_MS
  return LOOKS[freshness === 'fresh' && isOld ? 'delayed' : freshness]
}

function detailOf({ newestEventTime, now }: MarketFacts): Pick<Badge, 'words' | 'age'> {
  if (newestEventTime === null) return { words: '', age: '' }
  const ageMs = Math.max(0, now - newestEventTime)
  return { words: 'newest quote ', age: ageMs < 1_000 ? 'just now' : `${durationText(ageMs)} ago` }
}

const LOOKS = {
  fresh: { tone: 'good', label: 'Live' },
  delayed: { tone: 'waiting', label: 'Delayed' },
  stale: { tone: 'bad', label: 'Stale' },
  closed: { tone: 'quiet', label: 'Market closed' },
  empty: { tone: 'quiet', label: 'No data yet' },
} as const
