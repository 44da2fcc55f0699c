// What the stream says on the console of the bars it made: a line a bar while a person can read along, one line of
// counts a second beyond that. No timer: lines are written when bars are made.

import type { Clock } from '#runtime/clock'
import { BAR_LINES_PER_SECOND_MAX } from '#services/stream/limits'
import type { UnstampedBar } from '#services/stream/outputs'

/** Takes bars as they are emitted; told at once, before their commit, so after a failure a line may come again. */
export function consoleBarLines(clock: Clock, print: (line: string) => void): (bars: readonly UnstampedBar[]) => void {
  let secondStart = Number.NEGATIVE_INFINITY
  let shown = 0
  let counted = 0
  return (bars) => {
    const now = clock.now()
    if (now - secondStart >= 1000) {
      if (counted > 0) print(`Bars: and ${counted.toLocaleString('en-US')} more`)
      secondStart = now
      shown = 0
      counted = 0
    }
    for (const bar of bars) {
      if (shown++ < BAR_LINES_PER_SECOND_MAX) print(barLine(bar))
      else counted++
    }
  }
}

/** `Bar:  AAPL 15:30 UTC  open 276.81  high 277.40  low 276.52  close 277.06  average 276.97  60 quotes` */
export function barLine(bar: UnstampedBar): string {
  const from = new Date(bar.windowStart).toISOString().slice(11, 16)
  const prices = (['open', 'high', 'low', 'close', 'average'] as const).map((name) => `${name} ${priceText(bar[name])}`)
  const revision = bar.revision === 0 ? '' : `  revision ${bar.revision}`
  const quotes = bar.count === 1 ? '1 quote' : `${bar.count} quotes`
  return `Bar:  ${bar.symbol} ${from} UTC  ${prices.join('  ')}  ${quotes}${revision}`
}

function priceText(price: number): string {
  return price >= 1 ? price.toFixed(2) : price.toPrecision(4)
}
