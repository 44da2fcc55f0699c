// Counts, lengths of time and sizes as people read them: `1,204 files`, `2 h 5 min`, `34 MB`.

import { MINUTE_MS, SECOND_MS } from '#runtime/units'

/** The count with commas between its thousands. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

/** The count with its noun, a singular whose plural is regular. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${count === 1 ? noun : `${noun.replace(/(?<=[^aeiou])y$/, 'ie')}s`}`
}

/** `34 s`, `12 min`, `2 h 5 min`: rounded, since it is an estimate. */
export function durationText(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(1, Math.round(ms / SECOND_MS))} s`
  const all = Math.round(ms / MINUTE_MS)
  const [hours, minutes] = [Math.floor(all / 60), all % 60]
  return [hours === 0 ? '' : `${hours} h`, minutes === 0 ? '' : `${minutes} min`]
    .filter((part) => part !== '')
    .join(' ')
}

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'] as const

/** `1 byte`, `834 bytes`, `1.2 kB`, `34 MB`: in powers of 1,000, with two digits at least. */
export function sizeText(bytes: number): string {
  if (bytes < 1_000) return bytes === 1 ? '1 byte' : `${bytes} bytes`
  let [unit, value] = [0, bytes / 1_000]
  // What would be rounded up to 1000 is one of the next unit.
  while (value >= 999.5 && unit < UNITS.length - 1) [unit, value] = [unit + 1, value / 1_000]
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`
}
