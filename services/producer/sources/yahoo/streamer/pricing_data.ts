// The one message of Yahoo's streamer: protobuf, flat, 33 fields. Absent and zero differ: zero is sent, and what is
// absent is null here. Fields that are not known are passed over, so that Yahoo may add some.

import { WIRE, type WireFault, WireReader } from '#services/producer/sources/yahoo/streamer/wire_reader'

/** What a message says, by Yahoo's names in camelCase. Prices are what a float of 32 bits holds, not yet rounded. */
export type PricingData = { readonly [Name in TextName]: string | null } & {
  readonly [Name in Exclude<FieldName, TextName>]: number | null
}

/** How a field is written. */
const FORMS = {
  string: { wire: WIRE.bytes, read: (reader: WireReader) => reader.string() },
  float: { wire: WIRE.fixed32, read: (reader: WireReader) => reader.float() },
  double: { wire: WIRE.fixed64, read: (reader: WireReader) => reader.double() },
  sint64: { wire: WIRE.varint, read: (reader: WireReader) => reader.sint64() },
  enum: { wire: WIRE.varint, read: (reader: WireReader) => reader.enum() },
} as const

/** All fields, in the order of their numbers, which begin with 1. `time` is in epoch milliseconds. */
const FIELDS = [
  ['id', 'string'],
  ['price', 'float'],
  ['time', 'sint64'],
  ['currency', 'string'],
  ['exchange', 'string'],
  ['quoteType', 'enum'],
  ['marketHours', 'enum'],
  ['changePercent', 'float'],
  ['dayVolume', 'sint64'],
  ['dayHigh', 'float'],
  ['dayLow', 'float'],
  ['change', 'float'],
  ['shortName', 'string'],
  ['expireDate', 'sint64'],
  ['openPrice', 'float'],
  ['previousClose', 'float'],
  ['strikePrice', 'float'],
  ['underlyingSymbol', 'string'],
  ['openInterest', 'sint64'],
  ['optionsType', 'enum'],
  ['miniOption', 'sint64'],
  ['lastSize', 'sint64'],
  ['bid', 'float'],
  ['bidSize', 'sint64'],
  ['ask', 'float'],
  ['askSize', 'sint64'],
  ['priceHint', 'sint64'],
  ['vol24hr', 'sint64'],
  ['volAllCurrencies', 'sint64'],
  ['fromCurrency', 'string'],
  ['lastMarket', 'string'],
  ['circulatingSupply', 'double'],
  ['marketCap', 'double'],
] as const satisfies readonly (readonly [string, keyof typeof FORMS])[]

type FieldName = (typeof FIELDS)[number][0]
type TextName = Extract<(typeof FIELDS)[number], readonly [string, 'string']>[0]

const BY_NUMBER = [undefined, ...FIELDS.map(([name, form]) => ({ name, ...FORMS[form] }))]
const ABSENT = Object.fromEntries(FIELDS.map(([name]) => [name, null])) as unknown as PricingData

/** Decodes a message, or says why it is none. A field that is there twice counts as the last one. Never throws. */
export function decodePricing(bytes: Buffer): PricingData | WireFault {
  const pricing: Record<string, string | number | null> = { ...ABSENT }
  const reader = new WireReader(bytes)
  while (reader.next()) {
    const field = BY_NUMBER[reader.field]
    if (field === undefined || field.wire !== reader.wire) reader.skip()
    else pricing[field.name] = field.read(reader)
  }
  return reader.fault ?? (pricing as unknown as PricingData)
}
