// What the producer says on the console of what it sent: a line a quote while a person can read along, a counter line a
// second beyond that. No timer: a line is written when something was sent, and at the end.

import type { Clock } from '#runtime/clock'
import { COUNTER_INTERVAL_MS, LINES_PER_SECOND_MAX } from '#services/producer/limits'
import type { SourceRecord } from '#services/producer/sources/source'

/** Takes note of sent records. */
export interface SentLines {
  add(batch: readonly SourceRecord[]): void
  /** Writes what is counted but not yet said. */
  end(): void
}

/** Lines for `print`, one call a line. */
export function sentLines(clock: Clock, print: (line: string) => void): SentLines {
  let secondStart = Number.NEGATIVE_INFINITY
  let inSecond = 0
  let counted = 0
  let countedSince = Number.NEGATIVE_INFINITY
  const printCounter = (now: number) => {
    const seconds = (now - countedSince) / 1000
    const rate = seconds <= RATE_SECONDS_MAX ? ` (${grouped(counted / Math.max(1, seconds))}/s)` : ''
    print(`Sent ${grouped(counted)} quotes${rate}`)
    counted = 0
    countedSince = now
  }
  return {
    add(batch) {
      const now = clock.now()
      if (now - secondStart >= 1000) {
        secondStart = now
        inSecond = 0
      }
      inSecond += batch.length
      if (counted === 0 && inSecond <= LINES_PER_SECOND_MAX) {
        for (const record of batch) print(sentLine(record))
        return
      }
      counted += batch.length
      if (now - countedSince >= COUNTER_INTERVAL_MS) printCounter(now)
    },
    end() {
      if (counted > 0) printCounter(clock.now())
    },
  }
}

/** Beyond this the time since the counter line before says nothing about the rate: the source was resting. */
const RATE_SECONDS_MAX = 3

/** `Sent: AAPL - $277.06` */
export function sentLine(record: SourceRecord): string {
  if (record.key === null || record.price === null) return `Sent: ${record.value.length} bytes that are not a quote`
  return `Sent: ${record.key} - ${moneyText(record.price, record.currency)}`
}

function moneyText(price: number, currency: string | null): string {
  const amount = price >= 1 ? price.toFixed(2) : price.toPrecision(4)
  if (currency === 'USD') return `$${amount}`
  // A replayed line may hold any text; only what looks like a currency code goes to a terminal.
  return currency !== null && /^[A-Za-z]{3}$/.test(currency) ? `${currency} ${amount}` : amount
}

function grouped(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}
