// What the chart goes to: what is in view counts as that of the bars that are drawn.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { answerOf, MINUTE, minuteBar, NOON } from '#support/web/chart/bars'
import { PageByHand } from '#support/web/chart/page_by_hand'
import { ChartView, SETTLED_MS, type ViewedDrawing } from '../../../../../../services/web/page/chart/chart_view.ts'
import { BarFeed } from '../../../../../../services/web/page/chart/feed/bar_feed.ts'
import type { Slot } from '../../../../../../services/web/page/chart/series/gaps.ts'
import { Value } from '../../../../../../services/web/page/value.ts'

const bars = Array.from({ length: 5_000 }, (_, minute) => minuteBar(minute))
const now = NOON + 5_000 * MINUTE
/** Longer than what is scrolled to takes to count. */
const UNTIL_SETTLED_MS = SETTLED_MS + 1

/** A drawing without a canvas: it shows the newest slots, as many as its width is. */
class DrawingByHand implements ViewedDrawing {
  readonly isHidden = false
  width = 150
  #slots: readonly Slot[] = []

  draw(slots: readonly Slot[]): void {
    this.#slots = slots
  }

  inView() {
    const to = this.#slots.length
    return to === 0 ? null : { from: to - this.width, to }
  }

  showTimes({ from }: { readonly from: number }): void {
    this.width = this.#slots.filter(({ windowStart }) => windowStart >= from).length
  }

  showEnd(): void {}
  showStart(): void {}
  showAround(): void {}
}

class ChartByHand extends PageByHand {
  readonly chosen = new Value<string | null>('AAPL')
  readonly grain = new Value<string | null>(null)
  readonly moment = new Value<number | null>(null)
  readonly drawing = new DrawingByHand()
  readonly feed = new BarFeed(this, (isOther) => {
    this.#isOther ||= isOther
  })
  readonly view = new ChartView(this, { ...this, isRegularOnly: new Value(false) })
  #isOther = false

  /** Draws what has come, as the browser's next frame does. */
  frame(): void {
    const isOther = this.#isOther
    this.#isOther = false
    this.view.draw(isOther)
  }

  /** Answers what the chart asks for. */
  async answerBars(): Promise<void> {
    const asked = this.next()
    const { from, to, grain = '1m' } = asked.query
    await asked.answer(answerOf(bars, { grain: `${grain}`, from: Number(from), to: Number(to) }))
  }
}

let chart: ChartByHand

beforeEach(async () => {
  vi.useFakeTimers()
  chart = new ChartByHand(now)
  await vi.advanceTimersByTimeAsync(0)
  await chart.answerBars()
  chart.frame()
  await vi.advanceTimersByTimeAsync(UNTIL_SETTLED_MS)
})

afterEach(() => void vi.useRealTimers())

test('bars of another grain that are not drawn yet do not make "auto" take a third', async () => {
  chart.drawing.width = 560
  chart.view.viewed()
  await vi.advanceTimersByTimeAsync(UNTIL_SETTLED_MS)
  expect(chart.feed.view?.grain).toBe('5m')
  chart.view.viewed()
  await chart.answerBars()
  await vi.advanceTimersByTimeAsync(UNTIL_SETTLED_MS)
  expect(chart.feed.view?.grain).toBe('5m')
  chart.frame()
  await vi.advanceTimersByTimeAsync(UNTIL_SETTLED_MS)
  expect(chart.feed.view?.grain).toBe('5m')
})

test('a moment of another symbol stays until its bars are drawn', async () => {
  const moment = now - 10 * MINUTE
  chart.chosen.set('MSFT')
  chart.moment.set(moment)
  await vi.advanceTimersByTimeAsync(0)
  chart.frame()
  chart.view.viewed()
  await chart.answerBars()
  await vi.advanceTimersByTimeAsync(UNTIL_SETTLED_MS)
  expect(chart.moment.get()).toBe(moment)
  chart.frame()
  await vi.advanceTimersByTimeAsync(UNTIL_SETTLED_MS)
  expect(chart.moment.get()).toBe(moment)
})

test('what could not be measured is measured when it is drawn, at the same place of the axis too', async () => {
  chart.moment.set(now - 4_000 * MINUTE)
  await vi.advanceTimersByTimeAsync(0)
  chart.view.viewed()
  await chart.answerBars()
  await vi.advanceTimersByTimeAsync(UNTIL_SETTLED_MS)
  expect(chart.moment.get()).not.toBeNull()
  chart.frame()
  await vi.advanceTimersByTimeAsync(UNTIL_SETTLED_MS)
  expect(chart.moment.get()).toBeNull()
})
