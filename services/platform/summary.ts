// What a service did, in one line: its counters that moved, by name.

import { grouped } from '#runtime/counted'
import type { Counters } from '#runtime/metrics'

/** The summary of all counters at zero. */
export const NOTHING_TO_DO = 'nothing to do'

/** `read 10, valid 9, rejected 1 (not_json 1)`; what is zero is left out. */
export function summaryLine(counters: Counters): string {
  const parts = Object.entries(counters).flatMap(([name, value]) => {
    if (typeof value === 'number') return value === 0 ? [] : [`${words(name)} ${grouped(value)}`]
    const kinds = Object.entries(value).filter(([, kindCount]) => kindCount > 0)
    if (kinds.length === 0) return []
    const total = kinds.reduce((sum, [, kindCount]) => sum + kindCount, 0)
    return [`${words(name)} ${grouped(total)} (${kinds.map(([kind, n]) => `${kind} ${grouped(n)}`).join(', ')})`]
  })
  return parts.length === 0 ? NOTHING_TO_DO : parts.join(', ')
}

function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
