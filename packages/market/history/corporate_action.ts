// A split or a dividend, as a source tells it: what makes prices before it no longer comparable with those after it.

import type { EpochMs } from '#runtime/units'

/** Key: symbol, kind, exTime; the last one fetched counts. */
export interface CorporateAction {
  readonly symbol: string
  readonly kind: 'split' | 'dividend'
  /** Prices from here on are without it. */
  readonly exTime: EpochMs
  /** As `2026-11-27`: the trading day of exTime. */
  readonly exDate: string
  /** Of a split: shares after it for each one before it, so 4 of a 4-for-1; null of a dividend. */
  readonly ratio: number | null
  /** Of a dividend: in the quote's currency, a share; null of a split. */
  readonly amount: number | null
  readonly currency: string | null
  readonly source: string
  readonly fetchedAt: EpochMs
}

/** The value of a stock-corporate-actions record. */
export function encodeCorporateAction(action: CorporateAction): string {
  return JSON.stringify(action)
}
