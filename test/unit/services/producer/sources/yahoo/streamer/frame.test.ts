import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FRAME_CHARS_MAX, FRAME_REFUSALS, readFrame } from '#services/producer/sources/yahoo/streamer/frame'
import { pricingFrame } from '#support/yahoo/pricing_encoder'

const TIME = 1_790_951_400_000
const TICK = { id: 'AAPL', price: 277.06, time: TIME }

describe('a frame', () => {
  test('with a price is a tick', () => {
    expect(readFrame(pricingFrame({ ...TICK, quoteType: 8 }))).toMatchObject({
      kind: 'tick',
      tick: { ...TICK, price: Math.fround(277.06), quoteType: 8, dayVolume: null },
    })
  })

  test('is read however its JSON is written', () => {
    const { message } = JSON.parse(pricingFrame(TICK))
    const frames = [
      JSON.stringify({ message, type: 'pricing' }),
      JSON.stringify({ type: 'pricing', message, more: 1 }, null, 2),
      `{"type":"pricing","message":"${message.replaceAll('/', '\\/')}"}`,
    ]
    for (const frame of frames) expect(readFrame(frame)).toMatchObject({ kind: 'tick', tick: { id: 'AAPL' } })
  })

  test('of quote type 7 only says that the connection lives', () => {
    expect(readFrame(pricingFrame({ id: 'AAPL', quoteType: 7 }))).toEqual({ kind: 'heartbeat' })
  })

  test.each(['{"type":"error","message":"x"}', '{"subscribed":["AAPL"]}', '[]'])('of another type: %s', (frame) => {
    expect(readFrame(frame)).toEqual({ kind: 'other' })
  })

  const message = (bytes: readonly number[]) =>
    JSON.stringify({ type: 'pricing', message: Buffer.from(bytes).toString('base64') })
  test.each([
    ['not_text', new ArrayBuffer(4)],
    ['too_long', pricingFrame({ ...TICK, shortName: 'x'.repeat(FRAME_CHARS_MAX) })],
    ['not_json', 'Service Unavailable'],
    ['not_json', ''],
    ['not_json', '7'],
    ['no_message', '{"type":"pricing"}'],
    ['no_message', '{"type":"pricing","message":""}'],
    ['no_message', '{"type":"pricing","message":{"id":"AAPL"}}'],
    ['not_base64', '{"type":"pricing","message":"not base64!"}'],
    ['not_base64', '{"type":"pricing","message":"abc"}'],
    ['truncated', message([0x0a, 0x04, 0x41])],
    ['malformed', message([0x07, 0x01])],
    ['no_symbol', pricingFrame({ price: 1, time: TIME })],
    ['no_symbol', pricingFrame({ ...TICK, id: 'not a symbol' })],
    ['no_price', pricingFrame({ id: 'AAPL', time: TIME })],
    ['no_price', pricingFrame({ ...TICK, price: 0 })],
    ['no_price', pricingFrame({ ...TICK, price: Number.NaN })],
    ['no_price', pricingFrame({ ...TICK, price: Number.POSITIVE_INFINITY })],
    ['no_time', pricingFrame({ id: 'AAPL', price: 1 })],
    ['no_time', pricingFrame({ ...TICK, time: 0 })],
    ['no_time', pricingFrame({ ...TICK, time: Math.round(TIME / 1_000) })],
    ['no_time', pricingFrame({ ...TICK, time: 2n ** 60n })],
  ] as const)('is refused: %s', (reason, frame) => {
    expect(readFrame(frame)).toEqual({ kind: 'refused', reason })
  })
})

test('nothing that comes is thrown', () => {
  const garbage = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.json(),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => message(Buffer.from(bytes).toString('base64'))),
    fc.base64String({ maxLength: 200 }).map(message),
  )
  const kinds = ['tick', 'heartbeat', 'other', 'refused']
  fc.assert(
    fc.property(garbage, (data) => {
      const frame = readFrame(data)
      expect(kinds).toContain(frame.kind)
      if (frame.kind === 'refused') expect(FRAME_REFUSALS).toContain(frame.reason)
    }),
    { numRuns: 3_000 },
  )
  function message(base64: string): string {
    return `{"type":"pricing","message":"${base64}"}`
  }
})
