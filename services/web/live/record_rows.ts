// Bars and alerts out of their topics, as the API has them. Readings are total: what no version of us wrote is null.

import { parseTradeDate, SESSIONS, type Session } from '#market/session'
import type { EpochMs } from '#runtime/units'
import type { AlertRow } from '#services/web/api'
import type { TopicBar } from '#services/web/live/seam'

/** A row with the symbol that it is of. */
export interface SymbolsRow<R> {
  readonly symbol: string
  readonly row: R
}

/** Reads the value of a record. */
export type RowReader<R> = (value: Uint8Array) => SymbolsRow<R> | null

type Fields = Readonly<Record<string, unknown>>

/** The value of a bars' record. */
export const barRow: RowReader<TopicBar> = (value) => {
  const fields = fieldsOf(value)
  if (fields === null || typeof fields.symbol !== 'string' || !BAR_NUMBERS.every((name) => isNumber(fields[name]))) {
    return null
  }
  if (!isNumberOrNull(fields.vwap) || !isNumberOrNull(fields.volume)) return null
  const { windowStart, windowEnd, open, high, low, close, average, vwap, volume, count, revision } = fields
  const row = { windowStart, windowEnd, open, high, low, close, average, vwap, volume, count, revision }
  const [session, tradeDate] = [sessionIn(fields.session), tradeDateIn(fields.tradeDate)]
  const volumeSince = isNumber(fields.volumeSince) ? fields.volumeSince : null
  const rest = { complete: fields.complete === true, origin: 'live', session, tradeDate, volumeSince }
  return { symbol: fields.symbol, row: { ...row, ...rest } as TopicBar }
}

/** The value of an alerts' record. */
export const alertRow: RowReader<AlertRow> = (value) => {
  const fields = fieldsOf(value)
  if (fields === null || !ALERT_TEXTS.every((name) => typeof fields[name] === 'string')) return null
  if (!ALERT_NUMBERS.every((name) => isNumber(fields[name])) || !isNumberOrNull(fields.referenceTime)) return null
  const { id, rule, symbol, direction, level, percent, price, referencePrice, referenceTime } = fields
  const { eventTime, message } = fields
  const row = { id, rule, symbol, direction, level, percent, price, referencePrice, referenceTime, eventTime, message }
  return { symbol: symbol as string, row: row as AlertRow }
}

/** When the quote in a record of late quotes was observed; null when no version of us wrote it. */
export function lateQuoteTime(value: Uint8Array | null): EpochMs | null {
  const time = value === null ? null : fieldsOf(value)?.timestamp
  return isNumber(time) ? (time as EpochMs) : null
}

const BAR_NUMBERS = ['windowStart', 'windowEnd', 'open', 'high', 'low', 'close', 'average', 'count', 'revision']
const ALERT_TEXTS = ['id', 'rule', 'symbol', 'direction', 'message']
const ALERT_NUMBERS = ['level', 'percent', 'price', 'referencePrice', 'eventTime']

/** Bars from before there were sessions have none. */
function sessionIn(value: unknown): Session | null {
  return SESSIONS.find((session) => session === value) ?? null
}

function tradeDateIn(value: unknown): string | null {
  return typeof value === 'string' && parseTradeDate(value) !== null ? value : null
}

function fieldsOf(value: Uint8Array): Fields | null {
  try {
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Fields) : null
  } catch {
    return null
  }
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value)
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || isNumber(value)
}
