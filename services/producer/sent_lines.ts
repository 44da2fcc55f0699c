// What the producer says on the console of the quotes that it sent.

import { priceText } from '#market/price_text'
import type { Clock } from '#runtime/clock'
import { type ConsoleLines, consoleLines } from '#runtime/console/console_lines'
import { grouped } from '#runtime/counted'
import type { SourceRecord } from '#services/producer/sources/quote_source'

/** Lines of sent records for `print`, one call a line. */
export function sentLines(clock: Clock, print: (line: string) => void): ConsoleLines<SourceRecord> {
  return consoleLines({ clock, print, lineOf: sentLine, countLineOf: sentCount })
}

function sentCount(count: number, perSecond: number | null): string {
  return `Sent ${grouped(count)} quotes${perSecond === null ? '' : ` (${grouped(Math.round(perSecond))}/s)`}`
}

/** `Sent: AAPL - $277.06` */
export function sentLine(record: SourceRecord): string {
  if (record.key === null || record.price === null) return `Sent: ${record.value.length} bytes that are not a quote`
  return `Sent: ${record.key} - ${moneyText(record.price, record.currency)}`
}

function moneyText(price: number, currency: string | null): string {
  const amount = priceText(price)
  if (currency === 'USD') return `$${amount}`
  // A replayed line may hold any text; only what looks like a currency code goes to a terminal.
  return currency !== null && /^[A-Za-z]{3}$/.test(currency) ? `${currency} ${amount}` : amount
}
