// The drawn bars against what is true: whatever comes when, and however often.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { epochMs } from '#runtime/units'
import type { BarRow } from '#services/web/api'
import { answerOf, MINUTE, minuteBar, NOON, rollUp } from '#support/web/chart/bars'
import { BarSeries, KEPT_MAX } from '../../../../../../../services/web/page/chart/series/bar_series.ts'
import { newerRange, newestRange, olderRange } from '../../../../../../../services/web/page/chart/series/paging.ts'

const minutes = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => minuteBar(from + index))
const starts = (bars: readonly BarRow[]) => bars.map(({ windowStart }) => (windowStart - NOON) / MINUTE)
const at = (minute: number) => NOON + minute * MINUTE

function loaded(bars: readonly BarRow[], { grain = '1m', now = at(bars.length) } = {}): BarSeries {
  const range = newestRange(now, grain)
  const series = new BarSeries({ grain, own: '1m', at: range.to, historyVersion: null })
  series.answered(answerOf(bars, { grain, ...range }), { isNow: true, event: series.asking() })
  return series
}

describe('at the own grain', () => {
  test('a revision takes the place of its bar, and an older one does not come back', () => {
    const series = loaded(minutes(0, 10))
    series.live([minuteBar(3, { revision: 1, high: 200 })])
    series.live([minuteBar(3, { revision: 0 })])
    expect(series.drawn()[3]).toMatchObject({ revision: 1, high: 200 })
    expect(series.drawn()).toHaveLength(10)
  })

  test('a bar that closed while the answer was on its way is there', () => {
    const series = new BarSeries({ grain: '1m', own: '1m', at: newestRange(at(10), '1m').to, historyVersion: null })
    const event = series.asking()
    series.live([minuteBar(10)])
    series.answered(answerOf(minutes(0, 10), newestRange(at(10), '1m')), { isNow: true, event })
    expect(starts(series.drawn())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  test('the forming bar is drawn last until it closes, though the next one forms already', () => {
    const series = loaded(minutes(0, 2))
    series.forming(minuteBar(2, { revision: -1, count: 1 }))
    series.forming(minuteBar(2, { revision: -1, count: 2, high: 300 }))
    expect(series.drawn()[2]).toMatchObject({ count: 2, high: 300 })
    series.forming(minuteBar(3, { revision: -1, count: 1 }))
    expect(starts(series.drawn())).toEqual([0, 1, 2, 3])
    series.live([minuteBar(2)])
    expect(series.drawn()[2]).toEqual(minuteBar(2))
    series.forming(null)
    expect(starts(series.drawn())).toEqual([0, 1, 2])
  })

  test('a forming bar that came before the answer is drawn with it', () => {
    const range = newestRange(at(2), '1m')
    const series = new BarSeries({ grain: '1m', own: '1m', at: range.to, historyVersion: null })
    series.forming(minuteBar(2, { revision: -1 }))
    series.answered(answerOf(minutes(0, 2), range), { isNow: true, event: series.asking() })
    expect(starts(series.drawn())).toEqual([0, 1, 2])
  })

  test('a window that has closed for silence goes on forming when it holds more quotes', () => {
    const series = loaded(minutes(0, 2))
    series.forming(minuteBar(1, { revision: -1, count: 5, close: 77 }))
    expect(series.drawn()[1]).toMatchObject({ count: 5, close: 77 })
    series.live([minuteBar(1, { revision: 1, count: 5, close: 77 })])
    expect(series.drawn()[1]).toMatchObject({ revision: 1 })
  })

  test('live bars beyond what is loaded wait until it is loaded up to now', () => {
    const all = minutes(0, 3_000)
    const series = loaded(all)
    while (series.isNow) {
      const range = olderRange(series.loaded, 0)
      series.answered(answerOf(all, range as never), { isNow: false, event: series.asking() })
    }
    const before = series.drawn().length
    all.push(minuteBar(3_000))
    series.live([minuteBar(3_000)])
    series.forming(minuteBar(3_001, { revision: -1 }))
    expect(series.drawn()).toHaveLength(before)
    while (!series.isNow) {
      const { isNow, ...range } = newerRange(series.loaded, at(3_001))
      series.answered(answerOf(all, range), { isNow, event: series.asking() })
    }
    expect(starts(series.drawn()).slice(-3)).toEqual([2_999, 3_000, 3_001])
  })
})

describe('bars of history that come', () => {
  const history = (minute: number, changes: Partial<BarRow> = {}) =>
    minuteBar(minute, { origin: 'history', average: null, vwap: null, count: null, high: 900, ...changes })

  test('stand in for minutes that are not whole, and never for whole ones, whoever comes first', () => {
    for (const isFirst of [true, false]) {
      const live = [minuteBar(0), minuteBar(1, { complete: false, revision: 3 })]
      const answered = [history(0), history(1), history(2)]
      const series = loaded(isFirst ? live : answered)
      if (isFirst)
        series.answered(answerOf(answered, { from: at(0), to: at(3) }), { isNow: false, event: series.asking() })
      else series.live(live)
      expect(series.drawn().map(({ origin }) => origin)).toEqual(['live', 'history', 'history'])
    }
  })

  test('take the place of a longer bar, though what came before counted more', () => {
    const series = loaded(minutes(0, 10), { grain: '1h' })
    const answer = answerOf([], { grain: '1h', from: at(0), to: at(120) })
    const unaligned = history(30, { windowEnd: minuteBar(89).windowEnd, revision: 0 })
    series.answered({ ...answer, bars: [unaligned] }, { isNow: false, event: series.asking() })
    expect(starts(series.drawn())).toEqual([30])
  })

  test('are asked for again where they touch what is loaded, once, and if only to hear of an earlier beginning', () => {
    const series = loaded(minutes(0, 10), { now: at(10) })
    const { from, to } = series.loaded
    const change = { firstSymbol: 'A', lastSymbol: 'MSFT', from: epochMs(at(2)), to: epochMs(at(3)) }
    const news = { historyVersion: 4, changes: [change] }
    expect(series.historyCame({ ...news, changes: [{ ...change, firstSymbol: 'B' }] }, 'AAPL')).toBeNull()
    expect(series.historyCame({ ...news, historyVersion: 5 }, 'AAPL')).toEqual({ from: at(1), to: at(4) })
    expect(series.historyCame({ ...news, historyVersion: 5 }, 'AAPL')).toBeNull()
    const older = { ...change, from: epochMs(0), to: epochMs(1_000) }
    expect(series.historyCame({ historyVersion: 6, changes: [older] }, 'AAPL')).toEqual({ from, to: from + MINUTE })
    expect(series.historyCame({ historyVersion: 7, changes: null }, 'AAPL')).toMatchObject({ from, to })
    expect(series.isBehind({ historyVersion: 6 })).toBe(true)
    expect(series.isBehind({ historyVersion: 7 })).toBe(false)
  })
})

describe('at a coarser grain', () => {
  test('the bar that forms holds its closed minutes and the open one', () => {
    const series = loaded(minutes(0, 7), { grain: '5m' })
    series.forming(minuteBar(7, { revision: -1, high: 400, count: 1, volume: 3 }))
    expect(series.drawn().at(-1)).toMatchObject({ high: 400, count: 9, volume: 23, open: minuteBar(5).open })
    expect(series.drawn()).toHaveLength(2)
  })

  test('a minute that closes stays in it until the answer that holds it, and counts once', () => {
    const series = loaded(minutes(0, 7), { grain: '5m' })
    const early = series.asking()
    series.forming(minuteBar(7, { revision: -1, count: 4 }))
    expect(series.live([minuteBar(7)])).toEqual({ from: at(5), to: at(10) })
    series.forming(minuteBar(8, { revision: -1, count: 1 }))
    expect(series.drawn().at(-1)).toMatchObject({ count: 13 })
    series.answered(answerOf(minutes(0, 7), { grain: '5m', from: at(5), to: at(10) }), { isNow: false, event: early })
    expect(series.drawn().at(-1)).toMatchObject({ count: 13 })
    const event = series.asking()
    series.answered(answerOf(minutes(0, 8), { grain: '5m', from: at(5), to: at(10) }), { isNow: false, event })
    expect(series.drawn().at(-1)).toMatchObject({ count: 13 })
    series.forming(minuteBar(8, { revision: -1, count: 2 }))
    expect(series.drawn().at(-1)).toMatchObject({ count: 14 })
  })

  test('an answer that was asked for before a minute closed says that the window is to be asked for again', () => {
    const range = newestRange(at(7), '5m')
    const series = new BarSeries({ grain: '5m', own: '1m', at: range.to, historyVersion: null })
    const event = series.asking()
    series.live([minuteBar(7)])
    const behind = series.answered(answerOf(minutes(0, 7), { grain: '5m', ...range }), { isNow: true, event })
    expect(behind).toEqual({ from: at(5), to: at(10) })
  })

  test('a minute of a new trading day is asked for, and not drawn before the server says where its day begins', () => {
    const series = new BarSeries({ grain: '1d', own: '1m', at: at(0), historyVersion: null })
    const range = { grain: '1d', from: at(-3_000), to: at(10) }
    series.answered(answerOf(minutes(0, 3), range), { isNow: true, event: 0 })
    const next = minuteBar(24 * 60)
    series.forming({ ...next, revision: -1 })
    expect(series.drawn()).toHaveLength(1)
    expect(series.live([next])).toEqual({ from: next.windowStart - 86_400_000, to: next.windowEnd })
  })
})

describe('the ring', () => {
  test('holds no more than its limit, and the newest when the end is in it', () => {
    const series = loaded(minutes(0, 10))
    for (let minute = 10; minute < 5_000; minute += 10) series.live(minutes(minute, minute + 10))
    expect(series.drawn().length).toBeLessThanOrEqual(KEPT_MAX.bars)
    expect(series.drawn().length).toBeGreaterThan(1_700)
    expect(starts(series.drawn()).at(-1)).toBe(4_999)
    expect(series.isFromBeginning).toBe(false)
  })

  test('does not drive out what is looked at: live bars wait beyond it then', () => {
    const series = loaded(minutes(0, 10))
    series.keep('first')
    for (let minute = 10; minute < 2_500; minute += 10) series.live(minutes(minute, minute + 10))
    expect(starts(series.drawn())[0]).toBe(0)
    expect(series.drawn().length).toBeLessThanOrEqual(KEPT_MAX.bars)
    expect(series.isNow).toBe(false)
  })

  test('says that it begins with the first bar only when it does', () => {
    const all = minutes(0, 800)
    const series = loaded(all)
    expect(series.isFromBeginning).toBe(false)
    series.answered(answerOf(all, olderRange(series.loaded, NOON) as never), { isNow: false, event: 0 })
    expect(series.isFromBeginning).toBe(true)
    expect(olderRange(series.loaded, series.earliest)).toBeNull()
  })
})

/** What can happen while a symbol is on the chart. */
type Step =
  | { readonly kind: 'minute'; readonly isSkipped: boolean }
  | { readonly kind: 'revise'; readonly back: number }
  | { readonly kind: 'older' | 'newer' | 'again' | 'resend' | 'late answer' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('minute' as const), isSkipped: fc.boolean() }),
  fc.record({ kind: fc.constant('revise' as const), back: fc.nat(20) }),
  fc.record({ kind: fc.constantFrom('older', 'newer', 'again', 'resend', 'late answer') }),
)

test.each(['1m', '5m', '15m', '1h'])('at %s no bar is missing, double or old, whatever happens', (grain) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 3_000 }), (steps, count) => {
      const world = new World(minutes(0, count), grain)
      for (const one of steps) world.take(one)
      expect(world.series.drawn()).toEqual(world.truth())
    }),
    { numRuns: 150 },
  )
})

/** A server with bars, and a page that looks at them. */
class World {
  readonly series: BarSeries
  readonly #bars: BarRow[]
  readonly #grain: string
  #minute: number

  constructor(bars: readonly BarRow[], grain: string) {
    this.#bars = [...bars]
    this.#grain = grain
    this.#minute = bars.length
    this.series = loaded(bars, { grain })
  }

  take(step: Step): void {
    if (step.kind === 'minute') this.#next(step.isSkipped)
    if (step.kind === 'revise') this.#revise(step.back)
    if (step.kind === 'resend') this.#send(this.#bars.slice(-30))
    if (step.kind === 'again')
      this.#ask({ from: this.series.loaded.from, to: this.series.loaded.to }, this.series.isNow)
    if (step.kind === 'late answer') this.#answerLate()
    if (step.kind === 'older') {
      const range = olderRange(this.series.loaded, this.series.earliest)
      if (range !== null) this.#ask(range, false)
    }
    if (step.kind === 'newer' && !this.series.isNow) {
      const { isNow, ...range } = newerRange(this.series.loaded, at(this.#minute))
      this.#ask(range, isNow)
    }
  }

  /** The bars of the stretch that the series says it has. */
  truth(): BarRow[] {
    const { from, to } = this.series.loaded
    const isIn = ({ windowStart }: BarRow) => windowStart >= from && (this.series.isNow || windowStart < to)
    return rollUp(this.#bars, this.#grain).filter(isIn)
  }

  #next(isSkipped: boolean): void {
    this.#minute += 1
    if (isSkipped) return
    const bar = minuteBar(this.#minute)
    this.series.forming({ ...bar, revision: -1 })
    this.#bars.push(bar)
    this.#send([bar])
    this.series.forming(null)
  }

  #revise(back: number): void {
    const index = Math.max(0, this.#bars.length - 1 - back)
    const bar = this.#bars[index] as BarRow
    this.#bars[index] = { ...bar, revision: bar.revision + 1, count: (bar.count ?? 0) + 1 }
    this.#send([this.#bars[index]])
  }

  #send(bars: readonly BarRow[]): void {
    const behind = this.series.live(bars)
    if (behind !== null) this.#ask(behind, false)
  }

  #ask(range: { readonly from: number; readonly to: number }, isNow: boolean): void {
    const event = this.series.asking()
    const behind = this.series.answered(answerOf(this.#bars, { grain: this.#grain, ...range }), { isNow, event })
    if (behind !== null) this.#ask(behind, false)
  }

  /** A minute closes between the answer and its arrival. */
  #answerLate(): void {
    const { from, to } = this.series.loaded
    const event = this.series.asking()
    const answer = answerOf(this.#bars, { grain: this.#grain, from, to })
    this.#minute += 1
    const bar = minuteBar(this.#minute)
    this.#bars.push(bar)
    const asked = this.series.live([bar])
    const behind = this.series.answered(answer, { isNow: false, event })
    if (asked !== null) this.#ask(asked, false)
    if (behind !== null) this.#ask(behind, false)
  }
}
