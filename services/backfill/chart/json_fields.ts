// Members of JSON whose shape is not ours: each is what it should be, or null.

import { TRADE_DATE_MAX, TRADE_DATE_MIN } from '#calendar/limits'
import { DAY_MS, type EpochMs, SECOND_MS } from '#runtime/units'

/** An object's members. */
export type JsonRecord = Readonly<Record<string, unknown>>

/** Whether a value is an object, and no list. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function recordOf(value: unknown): JsonRecord | null {
  return isRecord(value) ? value : null
}

export function listOf(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** A finite number. */
export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** Epoch seconds within the dates of our calendars, as milliseconds. */
export function instantOf(value: unknown): EpochMs | null {
  const seconds = numberOf(value)
  if (seconds === null || seconds < SECONDS_MIN || seconds >= SECONDS_END) return null
  return (Math.floor(seconds) * SECOND_MS) as EpochMs
}

const SECONDS_MIN = (TRADE_DATE_MIN * DAY_MS) / SECOND_MS
const SECONDS_END = ((TRADE_DATE_MAX + 1) * DAY_MS) / SECOND_MS
