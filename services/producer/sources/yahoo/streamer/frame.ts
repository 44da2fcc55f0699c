// A frame of the streamer: JSON with a message in base64. What is no tick is a value here, and every reason that a
// frame may be refused for has a name, so that all of them are counted.

import { isPrice, isSymbol, TIMESTAMP_MIN_MS } from '#market/decoding/fields'
import { decodePricing, type PricingData } from '#services/producer/sources/yahoo/streamer/pricing_data'

/** A message that is a quote: symbol, price and time are what a quote needs. */
export interface Tick extends PricingData {
  readonly id: string
  readonly price: number
  readonly time: number
}

/** Why a frame is refused. */
export const FRAME_REFUSALS = [
  'not_text',
  'too_long',
  'not_json',
  'no_message',
  'not_base64',
  'truncated',
  'malformed',
  'no_symbol',
  'no_price',
  'no_time',
] as const

export type FrameRefusal = (typeof FRAME_REFUSALS)[number]

/** What a frame is. `other`: a kind of message that is not ours, such as an answer to a subscription. */
export type Frame =
  | { readonly kind: 'tick'; readonly tick: Tick }
  | { readonly kind: 'heartbeat' | 'other' }
  | { readonly kind: 'refused'; readonly reason: FrameRefusal }

/** A tick has 200 characters. */
export const FRAME_CHARS_MAX = 65_536

/** Yahoo's quote type of a message that only says that the connection lives. */
const HEARTBEAT = 7

/** What a frame begins and ends with, as Yahoo writes it. Anything else that is JSON is read as JSON. */
const HEAD = '{"type":"pricing","message":"'
const TAIL = '"}'
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

const HEARTBEAT_FRAME: Frame = { kind: 'heartbeat' }
const OTHER_FRAME: Frame = { kind: 'other' }
const REFUSED = Object.fromEntries(FRAME_REFUSALS.map((reason) => [reason, { kind: 'refused', reason }])) as {
  readonly [Reason in FrameRefusal]: Frame
}

/** Reads what a WebSocket brought. Never throws. On the hot path. */
export function readFrame(data: unknown): Frame {
  if (typeof data !== 'string') return REFUSED.not_text
  if (data.length > FRAME_CHARS_MAX) return REFUSED.too_long
  const isPlain = data.startsWith(HEAD) && data.endsWith(TAIL)
  const message = isPlain ? data.slice(HEAD.length, -TAIL.length) : null
  return message !== null && BASE64.test(message) ? readMessage(message) : readJson(data)
}

function readJson(text: string): Frame {
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch {
    return REFUSED.not_json
  }
  if (typeof frame !== 'object' || frame === null) return REFUSED.not_json
  const { type, message } = frame as Readonly<Record<string, unknown>>
  if (type !== 'pricing') return OTHER_FRAME
  if (typeof message !== 'string' || message === '') return REFUSED.no_message
  return BASE64.test(message) ? readMessage(message) : REFUSED.not_base64
}

function readMessage(base64: string): Frame {
  if (base64.length % 4 !== 0) return REFUSED.not_base64
  const pricing = decodePricing(Buffer.from(base64, 'base64'))
  if (typeof pricing === 'string') return REFUSED[pricing]
  if (pricing.quoteType === HEARTBEAT) return HEARTBEAT_FRAME
  if (!isSymbol(pricing.id)) return REFUSED.no_symbol
  if (!isPrice(pricing.price)) return REFUSED.no_price
  return isInstant(pricing.time) ? { kind: 'tick', tick: pricing as Tick } : REFUSED.no_time
}

/** The last instant that a Date holds. */
const INSTANT_MAX_MS = 8_640_000_000_000_000

function isInstant(time: number | null): boolean {
  return time !== null && time >= TIMESTAMP_MIN_MS && time <= INSTANT_MAX_MS
}
