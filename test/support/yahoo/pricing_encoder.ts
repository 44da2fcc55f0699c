// Writes the message of Yahoo's streamer, by the rules of protobuf (https://protobuf.dev/programming-guides/encoding/)
// and with BigInt, so that it shares nothing with the decoder under test.

/** How a field is written. `enum` is a varint, not zigzag. */
type Wire = 'string' | 'float' | 'double' | 'sint64' | 'enum'

/** Field number and wire form of all fields of `PricingData`, by its own names in camelCase. */
export const PRICING_FIELDS = {
  id: [1, 'string'],
  price: [2, 'float'],
  time: [3, 'sint64'],
  currency: [4, 'string'],
  exchange: [5, 'string'],
  quoteType: [6, 'enum'],
  marketHours: [7, 'enum'],
  changePercent: [8, 'float'],
  dayVolume: [9, 'sint64'],
  dayHigh: [10, 'float'],
  dayLow: [11, 'float'],
  change: [12, 'float'],
  shortName: [13, 'string'],
  expireDate: [14, 'sint64'],
  openPrice: [15, 'float'],
  previousClose: [16, 'float'],
  strikePrice: [17, 'float'],
  underlyingSymbol: [18, 'string'],
  openInterest: [19, 'sint64'],
  optionsType: [20, 'enum'],
  miniOption: [21, 'sint64'],
  lastSize: [22, 'sint64'],
  bid: [23, 'float'],
  bidSize: [24, 'sint64'],
  ask: [25, 'float'],
  askSize: [26, 'sint64'],
  priceHint: [27, 'sint64'],
  vol24hr: [28, 'sint64'],
  volAllCurrencies: [29, 'sint64'],
  fromCurrency: [30, 'string'],
  lastMarket: [31, 'string'],
  circulatingSupply: [32, 'double'],
  marketCap: [33, 'double'],
} as const satisfies Record<string, readonly [number, Wire]>

type FieldName = keyof typeof PRICING_FIELDS

/** A message to send: what is left out is absent on the wire, what is 0 is sent as 0. */
export type SentPricing = Partial<Record<FieldName, string | number | bigint>>

/** The bytes of a message, its fields in the order of their numbers. */
export function encodePricing(pricing: SentPricing): Uint8Array {
  const names = (Object.keys(PRICING_FIELDS) as FieldName[]).filter((name) => pricing[name] !== undefined)
  return Uint8Array.from(names.flatMap((name) => encodeNamed(name, pricing[name] as number)))
}

function encodeNamed(name: FieldName, value: string | number | bigint): number[] {
  const [number, wire] = PRICING_FIELDS[name]
  return encodeField(number, { wire, value })
}

/** The text frame that carries a message. */
export function pricingFrame(pricing: SentPricing): string {
  return JSON.stringify({ type: 'pricing', message: Buffer.from(encodePricing(pricing)).toString('base64') })
}

/** A field's value, and how it is written. */
export interface SentField {
  readonly wire: Wire
  readonly value: string | number | bigint
}

/** One field: its tag and its value. */
export function encodeField(number: number, { wire, value }: SentField): number[] {
  switch (wire) {
    case 'string': {
      const bytes = new TextEncoder().encode(String(value))
      return [...tag(number, 2), ...varint(BigInt(bytes.length)), ...bytes]
    }
    case 'float':
      return [...tag(number, 5), ...new Uint8Array(new Float32Array([Number(value)]).buffer)]
    case 'double':
      return [...tag(number, 1), ...new Uint8Array(new Float64Array([Number(value)]).buffer)]
    case 'sint64':
      return [...tag(number, 0), ...varint(zigzag(BigInt(value)))]
    case 'enum':
      return [...tag(number, 0), ...varint(BigInt(value))]
  }
}

/** The tag of a field: its number and wire type. */
export function tag(number: number, wireType: number): number[] {
  return varint((BigInt(number) << 3n) | BigInt(wireType))
}

/** Seven bits a byte, the lowest first. */
export function varint(value: bigint): number[] {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  do {
    const more = rest >> 7n
    bytes.push(Number(rest & 0x7fn) | (more > 0n ? 0x80 : 0))
    rest = more
  } while (rest > 0n)
  return bytes
}

function zigzag(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
}
