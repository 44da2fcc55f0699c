// What a market does, in words. Pure.

import type { Market } from '../page_context.ts'
import { cityText, weekdayTimeText } from './time.ts'

type Session = Market['session']

/** A session as it stands beside a bar or a time; empty for regular hours, which go without saying. */
export const SESSION_WORDS: Readonly<Record<Session, string>> = {
  overnight: 'overnight',
  pre: 'pre-market',
  regular: '',
  post: 'after hours',
  none: 'market closed',
}

/** `Market closed, opens Mon 09:30 New York`; empty during regular hours. */
export function marketText(market: Market, now: number): string {
  const words = SESSION_WORDS[market.session]
  if (words === '') return ''
  const opening = openingText(market, now)
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${opening === '' ? '' : `, ${opening}`}`
}

/** `opens 09:30 New York`; empty where that is not known. */
export function openingText({ opensAt, zone }: Market, now: number): string {
  return opensAt === null ? '' : `opens ${weekdayTimeText(opensAt, now, zone)} ${cityText(zone)}`
}
