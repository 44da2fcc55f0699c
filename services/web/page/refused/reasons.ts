// What each reason of a dead letter means, and what would help: docs/semantics.md, Quotes, in a sentence each. Pure.

/** A reason in words. */
export interface ReasonWords {
  /** What is wrong with the record. */
  readonly meaning: string
  /** What to do. */
  readonly help: string
  /** Once that is done, the same bytes would be taken. */
  readonly canBeRedriven: boolean
}

const AT_THE_PRODUCER = 'Fix the producer: these bytes would be refused again. They are kept as they came.'

const REASONS: Readonly<Record<string, ReasonWords>> = {
  too_large: { meaning: 'The value is longer than 64 KiB.', help: AT_THE_PRODUCER, canBeRedriven: false },
  not_utf8: { meaning: 'The value is not text in UTF-8.', help: AT_THE_PRODUCER, canBeRedriven: false },
  not_json: { meaning: 'The value is not JSON, or the record has none.', help: AT_THE_PRODUCER, canBeRedriven: false },
  not_an_object: { meaning: 'The value is JSON, but not one object.', help: AT_THE_PRODUCER, canBeRedriven: false },
  missing_field: {
    meaning: 'A required field is missing: symbol, price or timestamp.',
    help: 'Let the producer send all three. Other fields are optional.',
    canBeRedriven: false,
  },
  wrong_type: {
    meaning: 'A field holds a value of another type.',
    help: 'PRICE_TEXT=accept takes prices that are sent as text; TIMESTAMP_ZONE takes times without a zone.',
    canBeRedriven: true,
  },
  invalid_symbol: {
    meaning: 'The symbol breaks the rule for symbols.',
    help: 'A symbol has 1 to 32 of A-Z 0-9 . ^ = - & : / _ +, in capitals.',
    canBeRedriven: false,
  },
  invalid_price: { meaning: 'The price is not a finite number above 0.', help: AT_THE_PRODUCER, canBeRedriven: false },
  invalid_number: {
    meaning: 'An optional number is not finite, or is below 0.',
    help: AT_THE_PRODUCER,
    canBeRedriven: false,
  },
  timestamp_unit: {
    meaning: 'The timestamp is out of range in this unit, and in range in another.',
    help: 'TIMESTAMP_UNIT names the unit that producers send: s, ms, us or ns.',
    canBeRedriven: true,
  },
  timestamp_in_future: {
    meaning: 'The timestamp lies after the time when the record came in.',
    help: 'Set the producer’s clock right. FUTURE_TOLERANCE_MS says how much is forgiven; TIMESTAMP_ZONE may be wrong.',
    canBeRedriven: true,
  },
  timestamp_too_old: {
    meaning: 'The timestamp lies before the year 2000.',
    help: 'The unit may be wrong: TIMESTAMP_UNIT names the one that producers send.',
    canBeRedriven: true,
  },
  wrong_key: {
    meaning: 'The stream published the quote again under its symbol, and it came back with another key.',
    help: 'Something rewrites the keys of stock-prices. Let it leave them alone.',
    canBeRedriven: true,
  },
}

/** The words of a reason. A reason of another version of tickerlake has none of its own. */
export function reasonWords(reason: string): ReasonWords {
  const known = Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined
  return known ?? { meaning: 'The record was refused.', help: 'The detail below says why.', canBeRedriven: false }
}
