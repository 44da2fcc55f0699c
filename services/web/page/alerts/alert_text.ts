// An alert in words. Pure.

import type { AlertRow } from '../../api.ts'
import { durationText } from '../format/age.ts'
import { decimalsOf, percentText, priceText } from '../format/number.ts'

/** What the price moved in: the true age of its reference, which may be older or younger than the rule's time. */
export function withinText({ referenceTime, eventTime }: Pick<AlertRow, 'referenceTime' | 'eventTime'>): string {
  return referenceTime === null ? 'vs previous close' : `in ${durationText(eventTime - referenceTime)}`
}

/** `430.63 → 444.45` */
export function pricesText({ referencePrice, price }: Pick<AlertRow, 'referencePrice' | 'price'>): string {
  const decimals = Math.max(decimalsOf(referencePrice), decimalsOf(price))
  return `${priceText(referencePrice, decimals)} → ${priceText(price, decimals)}`
}

/** What a screen reader says of alerts that have come; one sentence, however many there are. */
export function spokenText(alerts: readonly AlertRow[]): string {
  const newest = alerts.reduce((best, alert) => (alert.eventTime > best.eventTime ? alert : best))
  const words = `${newest.symbol} ${percentText(newest.percent)} ${withinText(newest)}`
  return alerts.length === 1 ? `Alert: ${words}` : `${alerts.length} alerts, the newest: ${words}`
}
