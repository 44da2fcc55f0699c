// Which dead letters are chosen: by reason, by place, at most so many. Settled once, before anything is published, so
// that a letter that a redrive itself brings about is not chosen.

import { OffsetSet } from '#log/offset_set'
import type { DeadLetterReason } from '#market/dead_letter'
import { PlatformError } from '#runtime/errors'
import type { ReasonLetters, Survey } from '#services/redrive/survey'

/** A letter's own place in stock-dead-letters. */
export interface LetterPlace {
  readonly partition: number
  readonly offset: number
}

/** What the user asks for. */
export interface Choice {
  /** Empty: all reasons. */
  readonly reasons: readonly DeadLetterReason[]
  /** Empty: all places. */
  readonly places: readonly LetterPlace[]
  /** At most so many that are not redriven yet. */
  readonly limit: number
}

/** What that comes to. */
export interface ChosenLetters {
  /** Not yet redriven, by partition. */
  readonly pending: ReadonlyMap<number, OffsetSet>
  readonly count: number
  readonly byReason: Readonly<Record<string, number>>
  /** Chosen ones that were redriven before. */
  readonly before: number
}

/**
 * Looks up what is chosen: partition by partition, the oldest first. Throws USAGE when a place that is named has no
 * such letter.
 */
export function chooseLetters(survey: Survey, choice: Choice): ChosenLetters {
  const reasons = [...survey.reasons.values()].filter(
    ({ reason }) => choice.reasons.length === 0 || choice.reasons.includes(reason),
  )
  requirePlaces(choice.places, reasons)
  const pending = new Map<number, OffsetSet>()
  const byReason: Record<string, number> = {}
  let [count, before] = [0, 0]
  for (const { partition, start, end } of survey.parts) {
    const named = placesIn(choice.places, partition)
    const redriven = survey.redriven.of(partition)
    const chosen = new OffsetSet()
    for (const [offset, reason] of inOrder(reasons, { partition, start, end })) {
      if (named !== null && !named.has(offset)) continue
      if (redriven.has(offset)) before++
      else if (count < choice.limit) {
        chosen.add(offset)
        count++
        byReason[reason] = (byReason[reason] ?? 0) + 1
      }
    }
    pending.set(partition, chosen)
  }
  return { pending, count, byReason, before }
}

function placesIn(places: readonly LetterPlace[], partition: number): ReadonlySet<number> | null {
  if (places.length === 0) return null
  return new Set(places.filter((place) => place.partition === partition).map(({ offset }) => offset))
}

function requirePlaces(places: readonly LetterPlace[], reasons: readonly ReasonLetters[]): void {
  const wrong = places.filter(
    ({ partition, offset }) => !reasons.some((each) => each.offsets.of(partition).has(offset)),
  )
  if (wrong.length === 0) return
  const names = wrong.map(({ partition, offset }) => `${partition}:${offset}`).join(', ')
  throw new PlatformError('USAGE', `no dead letter of what is chosen stands at ${names}; nothing was published`)
}

/** The letters of all reasons in the order of their offsets. */
function* inOrder(
  reasons: readonly ReasonLetters[],
  { partition, start, end }: { readonly partition: number; readonly start: number; readonly end: number },
): Generator<readonly [number, DeadLetterReason]> {
  const sets = reasons.map(({ reason, offsets }) => ({ reason, offsets: offsets.of(partition).within(start, end) }))
  const heads = sets.map(({ reason, offsets }) => ({ reason, offsets, next: offsets.next() }))
  for (;;) {
    let first: (typeof heads)[number] | undefined
    for (const head of heads) {
      if (head.next.done !== true && (first?.next.value === undefined || head.next.value < first.next.value))
        first = head
    }
    if (first === undefined || first.next.value === undefined) return
    yield [first.next.value, first.reason]
    first.next = first.offsets.next()
  }
}
