// What the stream says on the console of the bars that it made.

import { priceText } from '#market/price_text'
import type { Clock } from '#runtime/clock'
import { type ConsoleLines, consoleLines } from '#runtime/console/console_lines'
import { counted, grouped } from '#runtime/counted'
import { MINUTE_MS, SECOND_MS } from '#runtime/units'
import type { UnstampedBar } from '#services/stream/outputs'

/** Lines of bars as they are emitted; told at once, before their commit, so after a failure a line may come again. */
export function consoleBarLines(clock: Clock, print: (line: string) => void): ConsoleLines<UnstampedBar> {
  const countLineOf = (count: number) => `Bars: ${grouped(count)}`
  return consoleLines({ clock, print, lineOf: barLine, countLineOf })
}

/** `Bar:  AAPL 15:30 UTC  open 276.81  high 277.40  low 276.52  close 277.06  average 276.97  60 quotes` */
export function barLine(bar: UnstampedBar): string {
  const prices = (['open', 'high', 'low', 'close', 'average'] as const).map((name) => `${name} ${priceText(bar[name])}`)
  const revision = bar.revision === 0 ? '' : `  revision ${bar.revision}`
  return `Bar:  ${bar.symbol} ${beginOf(bar)} UTC  ${prices.join('  ')}  ${counted(bar.count, 'quote')}${revision}`
}

/** To the minute where bars begin on one, else as fine as they are long: two bars of a symbol never look alike. */
function beginOf({ windowStart, windowEnd }: UnstampedBar): string {
  const lengthMs = windowEnd - windowStart
  const end = lengthMs % MINUTE_MS === 0 ? '15:30'.length : lengthMs % SECOND_MS === 0 ? '15:30:00'.length : undefined
  return new Date(windowStart).toISOString().slice('2026-11-21T'.length, -1).slice(0, end)
}
