// Timestamps in every form that one of the decoder's settings takes, and in some that none does.

import { TIMESTAMP_MIN_MS } from '#market/decoding/fields'
import type { Random } from '../simulation/world/random.ts'
import { numberText } from './numbers.ts'

/** When all values arrive: 2026-10-02T20:00:01Z. */
export const INGEST_TIME = 1_790_971_201_000

/** The text of a timestamp, as JSON. Most are of the usual forms. */
export function timestampText(random: Random): string {
  const ms = momentOf(random)
  if (random.chance(0.35)) return String(ms)
  if (random.chance(0.6)) return `"${usualIso(ms, random)}"`
  if (random.chance(0.6)) return `"${unusualIso(ms, random)}"`
  return random.chance(0.8) ? numericTime(ms, random) : numberText(random)
}

function momentOf({ chance, whole, pick }: Random): number {
  if (chance(0.3)) return INGEST_TIME - whole(0, 86_400_000)
  // Many share a minute, or all of it but a digit.
  if (chance(0.4)) return INGEST_TIME - whole(0, 180_000)
  if (chance(0.6)) return pick([INGEST_TIME, INGEST_TIME + 60_000, TIMESTAMP_MIN_MS]) + whole(-2, 2)
  return whole(Date.UTC(1990, 0), Date.UTC(2110, 0))
}

function usualIso(ms: number, { chance, whole, pick }: Random): string {
  const text = new Date(ms).toISOString()
  if (chance(0.5)) return text
  const fraction = chance(0.2)
    ? ''
    : `.${String(whole(0, 10 ** 9 - 1))
        .padStart(9, '0')
        .slice(0, whole(1, 9))}`
  return `${text.slice(0, 19)}${fraction}${pick(['Z', '+00:00', '-04:00', '+05:30', '+14:00', '-00:30'])}`
}

function unusualIso(ms: number, { chance, whole, pick }: Random): string {
  if (chance(0.3)) return pick(ODD_TIMES)
  const two = (max: number) => String(whole(0, max)).padStart(2, '0')
  const date = chance(0.5) ? new Date(ms).toISOString().slice(0, 10) : `${pick(YEARS)}-${two(13)}-${two(32)}`
  const seconds = pick(['', `:${two(61)}`, `:${two(59)}`])
  const fraction = pick(['', '', `.${two(99)}`, `,${two(99)}`, '.', '.1234567890'])
  const zone = pick(['Z', 'z', '', '+0200', '+02', '-24:00', '+23:60', '+1:00', ' Z', '+00:0', '−04:00'])
  return `${date}${pick(['T', 't', ' ', '_'])}${two(24)}:${two(60)}${seconds}${fraction}${zone}`
}

const YEARS = ['0000', '0099', '1900', '1999', '2000', '2024', '2026', '2099', '2100', '2400', '9999']

const ODD_TIMES = ['2026-02-29T10:00:00Z', '2024-02-29T10:00:00Z', '2100-02-29T10:00:00Z', '2026-04-31T10:00:00Z']
  .concat(['2016-12-31T23:59:60Z', '2016-12-31T23:59:60.5Z', '2026-10-02T24:00:00Z', '2026-10-02', '', 'noon'])
  .concat(['2026-10-02T16:00:00', '2026-10-02T16:00:00.', '20261002T160000Z', '2026-10-02T16:00:00ZZ', '1790971201000'])

function numericTime(ms: number, { pick, whole }: Random): string {
  const fraction = pick(['', '.0', '.25', `.${whole(0, 999_999)}`])
  return pick([
    `${ms}${fraction}`,
    `${ms / 1_000}`,
    `${Math.floor(ms / 1_000)}${fraction}`,
    `${ms}${String(whole(0, 999)).padStart(3, '0')}${fraction}`,
    `${ms}${pick(['000000', '999999', '000001', '500000', '123456'])}`,
  ])
}
