// Which calendar a quote has, and that every calendar tiles time.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Calendar, MarketFacts } from '#calendar/calendar'
import { openCalendars } from '#calendar/calendars'
import { TRADE_DATES_REMEMBERED_MAX } from '#calendar/limits'
import { openTimeBetween } from '#calendar/session_time'
import { tradeDateText } from '#market/session'
import { DAY_MS } from '#runtime/units'

const calendars = openCalendars({})

function nameOf(facts: Partial<MarketFacts>): string {
  return calendars.of({ symbol: 'AAPL', exchange: null, zone: null, ...facts }).name
}

describe('the calendar of a quote', () => {
  test.each([
    ['its exchange', { exchange: 'NMS' }, 'XNYS'],
    ['a MIC', { exchange: 'XNAS', zone: 'Asia/Tokyo' }, 'XNYS'],
    ['its exchange, in small letters', { exchange: ' ccc ' }, '24/7'],
    ['the simulator that never closes', { symbol: 'BTC-USD', exchange: 'SIM' }, 'SIM'],
    ['its exchange before its symbol', { symbol: 'ES=F', exchange: 'NYQ' }, 'XNYS'],
    ['its symbol: a future', { symbol: 'ES=F' }, 'CME'],
    ['its symbol where the exchange is unknown', { symbol: 'EURUSD=X', exchange: 'NOWHERE' }, 'FX'],
    ['its symbol: a coin', { symbol: 'BTC-USD', zone: 'UTC' }, '24/7'],
    ['its symbol: a coin as others write it', { symbol: 'ETH/USDT' }, '24/7'],
    ['its symbol: a pair of currencies as others write it', { symbol: 'EUR/USD' }, 'FX'],
    ['its symbol: a suffix', { symbol: 'VOD.L' }, 'XLON'],
    ['its symbol: another suffix', { symbol: '0700.HK', zone: 'America/New_York' }, 'XHKG'],
    ['its symbol: a suffix of an exchange whose hours are not known', { symbol: 'PETR4.SA' }, 'America/Sao_Paulo'],
    ['its exchange, whose hours are not known', { symbol: '005930.KS', exchange: 'KSC' }, 'Asia/Seoul'],
    ['its exchange: an index', { symbol: '^GSPC', exchange: 'SNP' }, 'XNYS'],
    ['a class of shares, which is no coin', { symbol: 'BRK-B' }, 'XNYS'],
    ['its zone', { zone: 'Europe/Vienna' }, 'Europe/Vienna'],
    ['its zone, under another name', { zone: 'asia/calcutta' }, 'Asia/Calcutta'],
    ['the default, whose zone it is', { zone: 'America/New_York' }, 'XNYS'],
    ['the default, since its zone is unknown', { zone: 'Mars/Olympus' }, 'XNYS'],
    ['the default, since nothing is told', {}, 'XNYS'],
    ['the default, since a dot alone tells nothing', { symbol: 'BRK.B' }, 'XNYS'],
  ])('by %s', (_, facts, name) => expect(nameOf(facts)).toBe(name))

  test('is one of each for the codes of exchanges, and the names of calendars', () => {
    const codes =
      'NYQ NMS PCX CCC CCY CME NYM LSE GER FRA PAR AMS BRU LIS EBS MIL MCE STO HEL CPH OSL JPX HKG SHH NSI TOR ASX'
    const names = [...codes.split(' '), 'SIM'].map((exchange) => nameOf({ exchange }))
    const all = calendars.all.map(({ name }) => name)
    expect(new Set(names)).toEqual(new Set(all))
    expect(all.map((exchange) => nameOf({ exchange }))).toEqual(all)
  })

  test('is always the same object', () => {
    const facts = { symbol: 'X', exchange: null, zone: 'Europe/Vienna' }
    expect(calendars.of(facts)).toBe(calendars.of({ ...facts, symbol: 'Y' }))
  })

  test('is found for any facts', () => {
    const text = fc.option(fc.string())
    fc.assert(
      fc.property(fc.string(), text, text, (symbol, exchange, zone) => {
        expect(calendars.all.concat(calendars.of({ symbol, exchange, zone }))).toContain(
          calendars.of({ symbol, exchange, zone }),
        )
      }),
    )
  })

  test('of the settings may be a zone', () => {
    const ofTokyo = openCalendars({ defaultName: 'Asia/Tokyo' })
    expect(ofTokyo.of({ symbol: 'A', exchange: null, zone: null }).name).toBe('Asia/Tokyo')
    expect(ofTokyo.of({ symbol: 'A', exchange: null, zone: 'America/New_York' }).name).toBe('America/New_York')
    expect(() => openCalendars({ defaultName: 'XMARS' })).toThrow('XMARS')
  })
})

test('docs/calendar.md has the names of all of them', () => {
  const document = readFileSync(join(import.meta.dirname, '../../../../docs/calendar.md'), 'utf8')
  const table = document.split('\n').filter((line) => line.startsWith('| `'))
  const names = table.flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name))
  expect(calendars.all.map(({ name }) => name).filter((name) => !names.includes(name))).toEqual([])
  const tables = names.filter((name) => /^[A-Z0-9/]+$/.test(name ?? ''))
  expect(tables.filter((name) => !calendars.all.some((calendar) => calendar.name === name))).toEqual([])
})

/** Those that are named, and civil days of zones with odd clocks: midnights and a whole day left out, half hours. */
const ALL: readonly Calendar[] = [
  ...calendars.all,
  ...[
    'America/Havana',
    'Africa/Cairo',
    'Pacific/Apia',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Africa/Casablanca',
  ].map((zone) => calendars.named(zone) as Calendar),
]

test('the civil days of any zone tile time, through every change of its clocks', () => {
  const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
  const instants = fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(2038, 0) })
  fc.assert(
    fc.property(zones, instants, (zone, instant) => {
      const calendar = calendars.named(zone) as Calendar
      const span = calendar.spanAt(instant)
      expect(span.start <= instant && instant < span.end).toBe(true)
      expect(calendar.spanAt(span.end).start).toBe(span.end)
      expect(calendar.spansOf(span.tradeDate)).toEqual([span])
      const format = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short' })
      // Where clocks go back over a midnight that has been, the date before comes again. It stays the new one here.
      const [first, shown] = [format.format(span.start), format.format(instant)]
      expect(first > shown ? first : shown).toBe(tradeDateText(span.tradeDate))
    }),
    { numRuns: 300, examples: MIDNIGHTS_TAKEN_BACK },
  )
})

/** At 00:01 the clocks of these zones went back to 23:01. */
const MIDNIGHTS_TAKEN_BACK: [zone: string, instant: number][] = [
  ['America/St_Johns', Date.UTC(2010, 10, 7, 3, 0)],
  ['America/Goose_Bay', Date.UTC(2010, 10, 7, 3, 30)],
  ['America/Moncton', Date.UTC(2006, 9, 29, 3, 30)],
]

describe.each(ALL)('$name', (calendar) => {
  const instants = fc.oneof(
    fc.integer({ min: Date.UTC(1999, 0), max: Date.UTC(2035, 0) }),
    fc.integer({ min: Date.UTC(1890, 0), max: Date.UTC(2210, 0) }),
    fc.maxSafeInteger(),
  )

  test('has a span at any instant, which spansOf has too', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const span = calendar.spanAt(instant)
        expect(span.start <= instant && instant < span.end).toBe(true)
        expect(calendar.spanAt(span.start)).toEqual(span)
        expect(calendar.spanAt(span.end - 1)).toEqual(span)
        const sessions = calendar.spansOf(span.tradeDate)
        if (span.session === 'none')
          expect(sessions.some(({ end, start }) => start < span.end && end > span.start)).toBe(false)
        else expect(sessions).toContainEqual(span)
      }),
    )
  })

  test('tiles time: where a span ends the next begins, and trade dates never go back', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const span = calendar.spanAt(instant)
        if (span.end > Number.MAX_SAFE_INTEGER) return
        const next = calendar.spanAt(span.end)
        expect(next.start).toBe(span.end)
        expect(next.tradeDate).toBeGreaterThanOrEqual(span.tradeDate)
        if (next.session === 'none') expect(next.tradeDate).toBe(span.tradeDate)
        else expect([next.session, next.tradeDate]).not.toEqual([span.session, span.tradeDate])
      }),
    )
  })

  test('is open in a stretch of time for as long as a walk over its spans says', () => {
    const lengths = fc.integer({ min: 0, max: 12 * DAY_MS })
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2030, 0) }), lengths, (from, length) => {
        const to = from + length
        let open = 0
        for (let at = from; at < to; at = calendar.spanAt(at).end) {
          if (calendar.spanAt(at).session === 'regular') open += Math.min(calendar.spanAt(at).end, to) - at
        }
        expect(openTimeBetween(calendar, from, to)).toBe(open)
      }),
    )
  })

  test('remembers a span, and forgets it when it has been asked for many others', () => {
    const fresh = openCalendars({}).named(calendar.name) as Calendar
    const instant = Date.UTC(2026, 10, 27, 15)
    const span = fresh.spanAt(instant)
    fresh.spanAt(Date.UTC(2026, 10, 24, 15))
    expect(fresh.spanAt(instant)).toBe(span)
    for (let i = 0; i <= TRADE_DATES_REMEMBERED_MAX; i++) fresh.spansOf(i)
    fresh.spanAt(Date.UTC(2026, 10, 24, 15))
    expect(fresh.spanAt(instant)).not.toBe(span)
    expect(fresh.spanAt(instant)).toEqual(span)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5, -0])('answers for %s', (instant) => {
    expect(calendar.spanAt(instant).start).toBeLessThan(calendar.spanAt(instant).end)
  })
})
