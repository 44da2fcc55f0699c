import { describe, expect, test } from 'vitest'
import { badgeOf, type MarketFacts } from '../../../../../../services/web/page/shell/badge_state.ts'

const NOW = 1_763_739_080_000
const LIVE: MarketFacts = {
  connection: 'live',
  freshness: 'fresh',
  saidAt: NOW - 1_000,
  newestEventTime: NOW - 400,
  opening: '',
  now: NOW,
}

describe('the market badge', () => {
  test('says live over fresh data', () => {
    expect(badgeOf(LIVE)).toEqual({ tone: 'good', label: 'Live', words: 'newest quote ', age: 'just now' })
  })

  test('never says live over old data, whatever the server said', () => {
    const old = { ...LIVE, newestEventTime: NOW - 61_000 }
    expect(badgeOf(old)).toMatchObject({ tone: 'waiting', label: 'Delayed', age: '1 min 1 s ago' })
    expect(badgeOf({ ...LIVE, newestEventTime: null }).label).not.toBe('Live')
  })

  test('never says live when nothing is heard', () => {
    expect(badgeOf({ ...LIVE, connection: 'lost' })).toMatchObject({ tone: 'bad', label: 'Connection lost' })
    expect(badgeOf({ ...LIVE, connection: 'connecting' }).label).toBe('Connecting')
    expect(badgeOf({ ...LIVE, freshness: undefined }).label).toBe('Connecting')
    expect(badgeOf({ ...LIVE, saidAt: NOW - 31_000 })).toMatchObject({ tone: 'bad', label: 'Unavailable' })
  })

  test.each([
    ['delayed', 'Delayed', 'waiting'],
    ['stale', 'Stale', 'bad'],
    ['closed', 'Market closed', 'quiet'],
    ['unavailable', 'Unavailable', 'bad'],
  ] as const)('says what is so when the data are %s, with their age', (freshness, label, tone) => {
    const facts = { ...LIVE, freshness, newestEventTime: NOW - 2 * 3_600_000 }
    expect(badgeOf(facts)).toEqual({ tone, label, words: 'newest quote ', age: '2 h ago' })
  })

  test('says when a closed market opens, where that is known', () => {
    const facts = {
      ...LIVE,
      freshness: 'closed',
      newestEventTime: NOW - 2 * 3_600_000,
      opening: 'opens 09:30',
    } as const
    expect(badgeOf(facts)).toEqual({ tone: 'quiet', label: 'Market closed', words: 'opens 09:30', age: '' })
    expect(badgeOf({ ...facts, freshness: 'delayed' }).words).toBe('newest quote ')
  })

  test('tells that there is nothing yet from that it cannot be told', () => {
    const empty = { ...LIVE, newestEventTime: null }
    expect(badgeOf({ ...empty, freshness: 'empty' })).toEqual({
      tone: 'quiet',
      label: 'No data yet',
      words: '',
      age: '',
    })
    expect(badgeOf({ ...empty, freshness: 'unavailable' }).label).toBe('Unavailable')
  })
})
