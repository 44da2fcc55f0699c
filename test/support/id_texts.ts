// The ids of a window as texts.

import type { IdSet } from '#services/stream/windows/id_set'
import { idTextAt } from '#services/stream/windows/id_text'

/** The ids of the chain that ends with `last`, the first one first. */
export function idTexts(ids: IdSet, last: number): string[] {
  const texts: string[] = []
  ids.each(last, (bytes, start, stop) => texts.push(idTextAt(bytes, start, stop)))
  return texts
}
