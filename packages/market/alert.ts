// An alert: a price move that a rule asked to be told about.

import type { Session } from '#market/session'
import type { EpochMs } from '#runtime/units'

/** Where the price went. */
export type Direction = 'up' | 'down'

/** A fired rule; the id is a hash of (rule, symbol, direction, level, event time), so a replay gives the same. */
export interface Alert {
  readonly id: string
  readonly rule: string
  readonly symbol: string
  readonly direction: Direction
  /** How many times the rule's percent the move is, rounded down; from 1. */
  readonly level: number
  /** The move in percent, signed. */
  readonly percent: number
  readonly price: number
  readonly referencePrice: number
  /** Event time of the reference; null for a previous close. */
  readonly referenceTime: EpochMs | null
  readonly eventTime: EpochMs
  /** The date that trades at the event time belong to, `2026-11-27`; by the market of the quote. */
  readonly tradeDate: string
  /** What that market does then. */
  readonly session: Session
  /** For a person to read. */
  readonly message: string
  readonly processingTime: EpochMs
}

/** The value of a stock-alerts record. Those of before there were calendars have no tradeDate and no session. */
export function encodeAlert(alert: Alert): string {
  return JSON.stringify(alert)
}
