// Values that are no quotes: one way or several for each reason that the decoder knows.

import { REJECT_REASONS, type RejectReason } from '#market/dead_letter'
import { VALUE_BYTES_MAX } from '#market/decoding/decoder'
import { type Member, objectText } from '#support/quote_fuzz/values'
import type { Random } from '#support/simulation/world/random'

/** A value that is refused, whatever the settings are; null for a record without a value. */
export function refusedValue(members: readonly Member[], now: number, random: Random): Uint8Array | null {
  if (random.chance(0.02)) return null
  const reason = random.chance(0.05) ? 'too_large' : random.pick(REJECT_REASONS.slice(1))
  return Buffer.from(WAYS[reason](members, random, now))
}

type Way = (members: readonly Member[], random: Random, now: number) => string | Uint8Array

const WAYS: Record<RejectReason, Way> = {
  too_large: (members) => objectText(members, FIRST).padEnd(VALUE_BYTES_MAX + 1),
  not_utf8: (members, random) => {
    const bytes = Buffer.from(objectText(members, random))
    const at = random.whole(0, bytes.length)
    return Buffer.concat([bytes.subarray(0, at), random.pick(BROKEN_BYTES), bytes.subarray(at)])
  },
  not_json: (members, random) => {
    const text = objectText(members, random)
    return random.pick([text.slice(0, text.length / 2), `\ufeff${text}`, `${text}}`, text.replace(':', ''), ''])
  },
  not_an_object: (_, { pick }) => pick(['null', '[]', '"{}"', '12.5', 'true', '[{"symbol":"A"}]']),
  missing_field: (members, random) => {
    const missing = random.pick(['symbol', 'price', 'timestamp'])
    return objectText(
      members.filter(([name]) => name !== missing),
      random,
    )
  },
  wrong_type: withOneOf([
    ['symbol', '7'],
    ['price', '[1]'],
    ['timestamp', '{"at":1}'],
    ['bid', '"12"'],
    ['id', 'true'],
    ['currency', '5'],
  ]),
  invalid_symbol: withOneOf([
    ['symbol', '"a b"'],
    ['symbol', '"A..B"'],
    ['symbol', '"/A"'],
    ['symbol', `"${'A'.repeat(33)}"`],
    ['symbol', '"\u00c4"'],
  ]),
  invalid_price: withOneOf([
    ['price', '0'],
    ['price', '-277.06'],
    ['price', '1e999'],
  ]),
  invalid_number: withOneOf([
    ['size', '-1'],
    ['dayVolume', '1e999'],
    ['ask', '-0.01'],
  ]),
  timestamp_unit: withOneOf([
    ['timestamp', '1790971201000000'],
    ['timestamp', '17909712010000000000000'],
  ]),
  timestamp_in_future: (members, random, now) => {
    const time = new Date(now + random.whole(100_000, 86_400_000)).toISOString()
    return objectText(replaced(members, ['timestamp', `"${time}"`]), random)
  },
  timestamp_too_old: withOneOf([
    ['timestamp', '"1999-12-31T23:59:59.999Z"'],
    ['timestamp', '"0001-01-01T00:00:00Z"'],
  ]),
}

const BROKEN_BYTES = [Buffer.of(0xff), Buffer.of(0xc0, 0x80), Buffer.of(0xed, 0xa0, 0x80), Buffer.of(0xe2, 0x82)]

/** Takes the first of everything: without blanks. */
const FIRST = { pick: <T>(from: readonly T[]) => from[0] as T } as Random

function withOneOf(given: readonly Member[]): Way {
  return (members, random) => objectText(replaced(members, random.pick(given)), random)
}

function replaced(members: readonly Member[], given: Member): readonly Member[] {
  return [...members.filter(([name]) => name !== given[0]), given]
}
