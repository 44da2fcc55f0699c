import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodePricing, type PricingData } from '#services/producer/sources/yahoo/streamer/pricing_data'
import {
  encodeField,
  encodePricing,
  PRICING_FIELDS,
  type SentPricing,
  tag,
  varint,
} from '#support/yahoo/pricing_encoder'

const decode = (bytes: Uint8Array | readonly number[]) => decodePricing(Buffer.from(bytes))
/** What is known of a message, without what is absent. */
const known = (pricing: PricingData | string) =>
  typeof pricing === 'string'
    ? pricing
    : Object.fromEntries(Object.entries(pricing).filter(([, value]) => value !== null))

describe('recorded frames', () => {
  const recorded = (base64: string) => known(decodePricing(Buffer.from(base64, 'base64')))

  test('AAPL in regular hours', () => {
    expect(recorded('CgRBQVBMFZqZmUMY8PTPovpnKgNOTVMwCDgBRc9iNL9I9PGVBWUAhQvAsAFi2AEE')).toEqual({
      id: 'AAPL',
      price: 307.20001220703125,
      time: Date.UTC(2026, 7, 5, 13, 43, 15),
      exchange: 'NMS',
      quoteType: 8,
      marketHours: 1,
      changePercent: Math.fround(-0.7046327),
      dayVolume: 5_422_202,
      change: -2.17999267578125,
      lastSize: 49,
      priceHint: 2,
    })
  })

  test('AAPL before regular hours: hours 0 are there, a volume is not', () => {
    expect(recorded('CgRBQVBMFUjhmEMY4Jbi68lnKgNOTVMwCDgARTxEgT5lACBFP9gBBA==')).toEqual({
      id: 'AAPL',
      price: 305.760009765625,
      time: Date.UTC(2026, 4, 22, 8, 10, 22),
      exchange: 'NMS',
      quoteType: 8,
      marketHours: 0,
      changePercent: Math.fround(0.2524737),
      change: 0.77001953125,
      priceHint: 2,
    })
  })

  test('BTC-USD: its volumes are those of 24 hours', () => {
    const message =
      'CgdCVEMtVVNEFYoMuUcYwLCVgIplIgNVU0QqA0NDQzApOAFFPWrEP0iAgOrxvANVx/25R12csrRHZYD8skR9/7i0R7ABgIDq8bwD2AEE4AGA' +
      'gOrxvAPoAYCA6vG8A/IBA0JUQ4ECAAAAwPrjckGJAgAA2P5ZT3tC'
    expect(recorded(message)).toMatchObject({
      id: 'BTC-USD',
      price: 94_745.078125,
      time: Date.UTC(2025, 0, 10, 11, 39),
      currency: 'USD',
      exchange: 'CCC',
      quoteType: 41,
      dayVolume: 59_712_028_672,
      lastSize: 59_712_028_672,
      vol24hr: 59_712_028_672,
      volAllCurrencies: 59_712_028_672,
      fromCurrency: 'BTC',
      circulatingSupply: 19_808_172,
      marketCap: 1_876_726_640_000,
    })
  })
})

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const VALUES = {
  string: fc.string({ unit: 'grapheme', maxLength: 20 }),
  float: fc.float({ noNaN: true }),
  double: fc.double({ noNaN: true }),
  sint64: int64,
  enum: fc.integer(),
} as const

const pricings: fc.Arbitrary<SentPricing> = fc.record(
  Object.fromEntries(
    Object.entries(PRICING_FIELDS).map(([name, [, wire]]) => [name, VALUES[wire] as fc.Arbitrary<string | number>]),
  ),
  { requiredKeys: [] },
)

/** A field of a number that is none of ours, of every wire type. */
const strangers = fc.oneof(
  fc
    .tuple(fc.integer({ min: 34, max: 2 ** 29 - 1 }), fc.constantFrom('string', 'float', 'double', 'sint64'))
    .map(([number, wire]) => encodeField(number, { wire, value: wire === 'string' ? 'x\u0000y' : 7 })),
  fc
    .integer({ min: 1, max: 40 })
    .map((number) => [
      ...tag(number, 3),
      ...encodeField(2, { wire: 'float', value: 1 }),
      ...tag(number, 3),
      ...tag(number, 4),
      ...tag(number, 4),
    ]),
)

describe('any message', () => {
  test('is decoded to what was encoded: zero kept, absent null, integers to the nearest double', () => {
    fc.assert(
      fc.property(pricings, (pricing) => {
        const wanted = Object.entries(pricing).map(([name, value]) => [
          name,
          typeof value === 'bigint' ? Number(value) : value,
        ])
        expect(known(decode(encodePricing(pricing)))).toEqual(Object.fromEntries(wanted))
      }),
      { numRuns: 500 },
    )
  })

  test('says the same with fields in it that nobody knows yet', () => {
    fc.assert(
      fc.property(pricings, fc.array(strangers, { maxLength: 4 }), (pricing, unknown) => {
        const bytes = encodePricing(pricing)
        const wanted = known(decode(bytes))
        expect(known(decode([...unknown.flat(), ...bytes, ...unknown.flat()]))).toEqual(wanted)
      }),
    )
  })

  test('is whole, or said not to be: it is cut at every byte', () => {
    const bytes = encodePricing({ id: 'AAPL', price: 277.06, time: 1_790_951_400_000, dayVolume: 5, marketCap: 1e12 })
    for (let length = 0; length < bytes.length; length++) {
      const whole = decode(bytes.subarray(0, length))
      if (typeof whole === 'string') expect(whole).toBe('truncated')
      else expect(known(decode(bytes))).toMatchObject(known(whole) as object)
    }
  })
})

test('rubbish is a fault or a message, and never thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const pricing = decode(bytes)
      expect(typeof pricing === 'string' ? ['truncated', 'malformed'] : [pricing]).toContain(pricing)
    }),
    { numRuns: 5_000 },
  )
})

test('a message with damaged bytes is a fault or a message, and never thrown', () => {
  const position = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) })
  fc.assert(
    fc.property(pricings, fc.array(position, { minLength: 1, maxLength: 8 }), (pricing, damages) => {
      const bytes = encodePricing(pricing)
      if (bytes.length === 0) return
      for (const { at, byte } of damages) bytes[at % bytes.length] = byte
      expect(() => decode(bytes)).not.toThrow()
    }),
    { numRuns: 2_000 },
  )
})

describe('single cases', () => {
  test.each([
    ['the hint 2 is written as 4', { priceHint: 2 }, [0xd8, 0x01, 0x04]],
    ['0 is sent', { marketHours: 0 }, [0x38, 0x00]],
    ['-1 is zigzag 1', { dayVolume: -1 }, [0x48, 0x01]],
  ])('%s', (_, pricing, bytes) => {
    expect([...encodePricing(pricing)]).toEqual(bytes)
    expect(known(decode(bytes))).toEqual(pricing)
  })

  test.each([
    ['2^53', 2n ** 53n],
    ['2^53 + 1', 2n ** 53n + 1n],
    ['2^53 + 3', 2n ** 53n + 3n],
    ['-2^53 - 3', -(2n ** 53n) - 3n],
    ['the largest', 2n ** 63n - 1n],
    ['the smallest', -(2n ** 63n)],
  ])('%s is the nearest double', (_, dayVolume) => {
    expect(known(decode(encodePricing({ dayVolume })))).toEqual({ dayVolume: Number(dayVolume) })
  })

  test('a field that is there twice counts as the last one', () => {
    expect(known(decode([...encodePricing({ price: 1 }), ...encodePricing({ price: 2 })]))).toEqual({ price: 2 })
  })

  test('a field of ours in another wire type is not ours', () => {
    expect(known(decode([...encodeField(2, { wire: 'sint64', value: 7 }), ...encodePricing({ id: 'A' })]))).toEqual({
      id: 'A',
    })
  })

  test.each([
    ['a varint of eleven bytes', [...tag(9, 0), ...Array(10).fill(0xff), 0x01], 'malformed'],
    ['a field without a number', [...tag(0, 0), 0], 'malformed'],
    ['a wire type that does not exist', [...tag(50, 7), 0], 'malformed'],
    ['the end of a group that never began', tag(50, 4), 'malformed'],
    ['a group without an end', tag(50, 3), 'truncated'],
    ['a string longer than the message', [...tag(1, 2), ...varint(2n ** 40n), 1], 'truncated'],
  ])('%s', (_, bytes, fault) => {
    expect(decode(bytes)).toBe(fault)
  })
})
